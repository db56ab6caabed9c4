// Whether an index lies in its axis whatever the loops around it are at.

import { proveAtLeast } from "../ir/dim-proof.ts";
import { sub } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { rangeOf } from "./affine.ts";
import type { Extents } from "./affine.ts";
import type { Expr } from "./expr.ts";

/** Whether 0 <= index < extent whatever the axes are. */
export const isWithin = (index: Expr, extent: Dim, extents: Extents): boolean => {
  const range = rangeOf(index, extents);
  if (range === null || proveAtLeast(range.lo, 0, new Map()) !== "yes") return false;
  return proveAtLeast(sub(extent, range.hi), 1, new Map()) === "yes";
};
