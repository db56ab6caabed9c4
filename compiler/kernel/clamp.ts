// Ends of a loop cut at a least or a most, where they are not proved to lie within.

import { proveAtLeast } from "../ir/dim-proof.ts";
import { rangeOf } from "./affine.ts";
import type { Extents } from "./affine.ts";
import { call, subI } from "./build.ts";
import type { Expr } from "./expr.ts";

/** The end, or the least where that is larger. */
export const atLeast = (end: Expr, least: Expr, extents: Extents): Expr =>
  isNeverNegative(subI(end, least), extents) ? end : call("max", end, least);

/** The end, or the most where that is smaller. */
export const atMost = (end: Expr, most: Expr, extents: Extents): Expr =>
  isNeverNegative(subI(most, end), extents) ? end : call("min", end, most);

const isNeverNegative = (e: Expr, extents: Extents): boolean => {
  const range = rangeOf(e, extents);
  return range !== null && proveAtLeast(range.lo, 0, new Map()) === "yes";
};
