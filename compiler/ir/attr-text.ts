// Attributes of ops to text: `{axes=[1, 2], spec="bd,dn->bn", value=-inf, shape=[B, 2*T+1]}`.

import { dimKey } from "./dim.ts";
import type { Attr, Attrs } from "./graph.ts";

export function printAttr(attr: Attr): string {
  if (typeof attr === "number") return printNumber(attr);
  if (typeof attr === "string") return JSON.stringify(attr);
  if (typeof attr === "boolean") return String(attr);
  return "kind" in attr ? dimKey(attr) : `[${attr.map(printAttr).join(", ")}]`;
}

/** In the order they were written; `{}` when there are none. */
export function printAttrs(attrs: Attrs): string {
  const rows = Object.entries(attrs).map(([name, attr]) => `${name}=${printAttr(attr)}`);
  return `{${rows.join(", ")}}`;
}

/** Text that is equal for attributes that differ in their order only. */
export function attrsKey(attrs: Attrs): string {
  const rows = Object.entries(attrs).map(([name, attr]) => `${name}=${printAttr(attr)}`);
  return rows.sort().join(",");
}

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
