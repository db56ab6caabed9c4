// Indents lines by the braces they open and close.

/** Two spaces per level, from `level` on. */
export const indent = (lines: readonly string[], level: number): readonly string[] => {
  let depth = level;
  return lines.map((line) => {
    if (line.startsWith("}")) depth--;
    const text = line === "" ? "" : `${"  ".repeat(depth)}${line}`;
    if (line.endsWith("{")) depth++;
    return text;
  });
};
