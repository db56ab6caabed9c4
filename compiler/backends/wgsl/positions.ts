// Writes which element of some axes a position has, where the innermost axis runs fastest.

export type PositionAxis = { readonly name: string; readonly extent: string };

/** `position`: a name where there is more than one axis. */
export const positionLines = (
  axes: readonly PositionAxis[],
  position: string,
): readonly string[] => {
  const long = axes.filter(({ extent }) => extent !== "1");
  return axes.map(({ name, extent }) => {
    const at = long.findIndex((a) => a.name === name);
    if (at < 0) return `let ${name} = 0;`;
    const inner = long.slice(at + 1).map((a) => a.extent);
    const by = inner.length === 1 ? inner[0]! : `(${inner.join(" * ")})`;
    const rest = inner.length === 0 ? position : `${position} / ${by}`;
    if (at === 0) return `let ${name} = ${rest};`;
    return `let ${name} = ${inner.length === 0 ? rest : `(${rest})`} % ${extent};`;
  });
};
