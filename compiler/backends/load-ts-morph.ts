// Loads ts-morph when the first module is written: most commands write none.

/** Not by `import`, which reads all of TypeScript once more to find out what it exports. */
export const loadTsMorph = async (): Promise<typeof import("ts-morph")> => {
  const { createRequire } = await import("node:module");
  return createRequire(import.meta.url)("ts-morph");
};
