// Reads a value as a sum of its own positions: coefficients for its axes and a constant. `t - u + 3` of [T, U] is 1, -1, 3.

import type { Op, Value } from "../../ir/graph.ts";
import { numbersAttr } from "../../ops/attrs.ts";
import { filledWith } from "../../ops/mask.ts";
import { reshapedFrom } from "./axes.ts";

/** `constant + Σ factors[axis] * position along axis`; factors of one per axis of the value. */
export type Affine = { readonly factors: readonly number[]; readonly constant: number };

/** Null for a value that is no such sum. */
export const affineOf = (value: Value): Affine | null => {
  const filled = filledWith(value);
  const none = value.type.shape.map(() => 0);
  if (filled !== null) return { factors: none, constant: filled };
  return value.def.kind === "input" ? null : affineOfOp(value.def.op, none);
};

const affineOfOp = (op: Op, none: readonly number[]): Affine | null => {
  const [first, second] = op.operands;
  const along = (axisOf: (axis: number) => number | undefined): Affine | null => {
    const x = affineOf(first!);
    return x && { ...x, factors: none.map((_, axis) => x.factors[axisOf(axis) ?? -1] ?? 0) };
  };
  switch (op.name) {
    case "iota":
      return { factors: [1], constant: 0 };
    case "cast":
    case "stopGradient":
      return op.results[0]!.type.dtype === "bool" ? null : affineOf(first!);
    case "neg":
      return scaled(affineOf(first!), -1);
    case "add":
      return plus(affineOf(first!), affineOf(second!));
    case "sub":
      return plus(affineOf(first!), scaled(affineOf(second!), -1));
    case "mul":
      return times(affineOf(first!), affineOf(second!));
    case "transpose":
      return along((axis) => numbersAttr(op.attrs, "perm")[axis]);
    case "broadcast": {
      const axes = numbersAttr(op.attrs, "axes");
      const own = none.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
      return along((axis) => own.indexOf(axis));
    }
    case "reshape": {
      const [from, to] = [first!.type.shape, op.results[0]!.type.shape];
      const x = affineOf(first!);
      const kept = to.map((_, axis) => reshapedFrom(from, to, axis));
      // An axis with positions that the reshape splits or joins is no axis any more.
      const lost = x === null || x.factors.some((f, axis) => f !== 0 && !kept.includes(axis));
      return lost ? null : along((axis) => kept[axis]);
    }
    default:
      return null;
  }
};

const scaled = (x: Affine | null, by: number): Affine | null =>
  x && { factors: x.factors.map((f) => f * by + 0), constant: x.constant * by + 0 };

const plus = (x: Affine | null, y: Affine | null): Affine | null =>
  x &&
  y && {
    factors: x.factors.map((f, axis) => f + y.factors[axis]!),
    constant: x.constant + y.constant,
  };

const times = (x: Affine | null, y: Affine | null): Affine | null => {
  if (x === null || y === null) return null;
  if (x.factors.every((f) => f === 0)) return scaled(y, x.constant);
  return y.factors.every((f) => f === 0) ? scaled(x, y.constant) : null;
};
