// Index expressions from sizes: guards, and positions in row-major order.

import type { Dim } from "../ir/dim.ts";
import { equalDims, product } from "../ir/dim.ts";
import { addI, andB, bool, divI, int, leI, ltI, modI, mulI, size } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";

/** Conjunction; an empty list is true. */
export const all = (conditions: readonly Expr[]): Expr => conditions.reduce<Expr>(andB, bool(true));

/** 0 <= index < dim. */
export const inside = (index: Expr, dim: Dim): Expr =>
  andB(leI(int(0), index), ltI(index, size(dim)));

/** Row-major position of an index in a shape. */
export const flatten = (index: readonly Expr[], shape: readonly Dim[]): Expr =>
  index.reduce<Expr>((sum, i, axis) => addI(mulI(sum, size(shape[axis]!)), i), int(0));

/** Index in a shape of a row-major position. */
export const unflatten = (position: Expr, shape: readonly Dim[]): readonly Expr[] =>
  shape.map((dim, axis) => {
    const outer = divI(position, size(product(shape.slice(axis + 1))));
    return axis === 0 ? outer : modI(outer, size(dim));
  });

/** Runs of axes of two shapes with equal products: `[4, 6] -> [4, 2, 3]` is `4 = 4` and `6 = 2 * 3`. */
export const matchRuns = (
  from: readonly Dim[],
  to: readonly Dim[],
): readonly {
  readonly from: number;
  readonly to: number;
  readonly fromEnd: number;
  readonly toEnd: number;
}[] => {
  const runs = [];
  let run = { from: 0, to: 0 };
  for (let f = 0; f < from.length; f++) {
    for (let t = run.to; t < to.length; t++) {
      if (!equalDims(product(from.slice(run.from, f + 1)), product(to.slice(run.to, t + 1))))
        continue;
      runs.push({ ...run, fromEnd: f + 1, toEnd: t + 1 });
      run = { from: f + 1, to: t + 1 };
      break;
    }
  }
  const last = { ...run, fromEnd: from.length, toEnd: to.length };
  return run.from < from.length || run.to < to.length ? [...runs, last] : runs;
};

/** Index into an operand of shape `from` of the element at `index` of the same data seen as `to`. */
export const reshapeIndex = (
  index: readonly Expr[],
  to: readonly Dim[],
  from: readonly Dim[],
): readonly Expr[] => {
  // Axes of size 1 carry no position; without them most runs are one axis to one axis.
  const long = (shape: readonly Dim[]): readonly Dim[] => shape.filter((dim) => dim !== 1);
  const [longFrom, longTo] = [long(from), long(to)];
  const longIndex = index.filter((_, axis) => to[axis] !== 1);
  const found = matchRuns(longFrom, longTo)
    .flatMap((run) => {
      const shape = longTo.slice(run.to, run.toEnd);
      const position = flatten(longIndex.slice(run.to, run.toEnd), shape);
      return unflatten(position, longFrom.slice(run.from, run.fromEnd));
    })
    .values();
  return from.map((dim) => (dim === 1 ? int(0) : found.next().value!));
};
