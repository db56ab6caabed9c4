// What a reduction over nothing gives.

import type { DType } from "../ir/type.ts";
import type { ReduceOp } from "./expr.ts";

/** Neutral elements of numbers, and of bools. */
const neutrals: Record<Exclude<ReduceOp, "argmax">, readonly [number, number]> = {
  add: [0, 0],
  mul: [1, 1],
  max: [-Infinity, 0],
  min: [Infinity, 1],
};

export function neutralOf(op: Exclude<ReduceOp, "argmax">, dtype: DType): number {
  return neutrals[op][dtype === "bool" ? 1 : 0];
}
