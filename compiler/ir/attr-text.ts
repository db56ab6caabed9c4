// Numbers of attributes to text and back: `1e-5`, `inf`, `-0`.

/** The shortest text that reads back as the same double: `1e-5`, `inf`, `-inf`, `nan`, `-0`. */
export function printNumber(n: number): string {
  if (Number.isNaN(n)) return "nan";
  if (!Number.isFinite(n)) return n < 0 ? "-inf" : "inf";
  return Object.is(n, -0) ? "-0" : String(n);
}

/** The number that `printNumber` wrote, or null. */
export function parseNumber(text: string): number | null {
  const special = specials.get(text);
  if (special !== undefined) return special;
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : null;
}

const specials: ReadonlyMap<string, number> = new Map([
  ["nan", NaN],
  ["inf", Infinity],
  ["-inf", -Infinity],
]);
