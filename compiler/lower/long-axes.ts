// Shapes and indices without the axes of size 1, which hold nothing apart.

import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import { int } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";

export const longShape = ({ type }: Value): readonly Dim[] => type.shape.filter((dim) => dim !== 1);

export const longIndex = ({ type }: Value, index: readonly Expr[]): readonly Expr[] =>
  index.filter((_, axis) => type.shape[axis] !== 1);

/** The index of a value with 0 along its axes of size 1. */
export const wholeIndex = ({ type }: Value, long: readonly Expr[]): readonly Expr[] => {
  let next = 0;
  return type.shape.map((dim) => (dim === 1 ? int(0) : long[next++]!));
};
