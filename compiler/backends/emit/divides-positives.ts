// Whole numbers whose quotient is the same rounded down and toward zero.

import type { Dim } from "../../ir/dim.ts";
import { proveAtLeast } from "../../ir/dim-proof.ts";
import { rangeOf } from "../../kernel/affine.ts";
import type { Extents } from "../../kernel/affine.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Call } from "./language.ts";

const isNatural = (dim: Dim): boolean => proveAtLeast(dim, 0, new Map()) === "yes";

/** Whether neither is negative. Nothing has a position along an axis of size 0. */
export const dividesPositives = ({ dtype, args }: Call, extents: Extents): boolean => {
  const [a, b] = args;
  const isPositive = b?.kind === "size" ? isNatural(b.dim) : b?.kind === "number" && b.value > 0;
  return dtype === "i32" && isPositive && isNeverNegative(a!, extents);
};

/** Sums and products of data may wrap, those of positions cannot. */
const isPosition = (e: Expr): boolean =>
  e.kind === "call"
    ? e.args.every(isPosition)
    : e.kind !== "load" && e.kind !== "local" && e.kind !== "reduce";

const isNeverNegative = (e: Expr, extents: Extents): boolean => {
  if (!isPosition(e)) return false;
  const range = rangeOf(e, extents);
  return range !== null && isNatural(range.lo);
};
