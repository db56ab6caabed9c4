// Short forms over the builder: broadcasting to a shape, slices, sums, means and positions, written once.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Dim } from "../ir/dim.ts";
import { equalDims, product } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import { printType, equalShapes } from "../ir/type.ts";
import type { Builder } from "./define.ts";

/** All axes of a shape. */
export const axesOf = (shape: readonly Dim[]): readonly number[] => shape.map((_, axis) => axis);

/** Repeats a value along new axes; `axes` are their positions in `shape`. */
export const broadcastAlong = (
  b: Builder,
  value: Value,
  shape: readonly Dim[],
  axes: readonly number[],
): Value => (axes.length === 0 ? value : b.op("broadcast", [value], { shape, axes }));

export const reshapeTo = (b: Builder, value: Value, shape: readonly Dim[]): Value =>
  equalShapes(value.type.shape, shape) ? value : b.op("reshape", [value], { shape });

/** `count` elements of one axis, from `start` on. */
export const sliceAlong = (
  b: Builder,
  value: Value,
  axis: number,
  { start = 0, count, step = 1 }: Cut,
): Value => {
  const { shape } = value.type;
  return b.op("slice", [value], {
    start: shape.map((_, other) => (other === axis ? start : 0)),
    count: shape.with(axis, count),
    step: shape.map((_, other) => (other === axis ? step : 1)),
  });
};

type Cut = { readonly start?: Dim; readonly count: Dim; readonly step?: number };

/** Right-aligned broadcast to a shape: an axis that is missing, or the literal 1, is repeated. */
export const broadcastTo = (b: Builder, value: Value, shape: readonly Dim[]): Value => {
  const own = value.type.shape;
  const lead = shape.length - own.length;
  const repeated = axesOf(shape).filter((axis) => {
    const dim = axis < lead ? null : own[axis - lead]!;
    if (dim === null) return true;
    if (equalDims(dim, shape[axis]!)) return false;
    if (dim === 1) return true;
    throw new CompilerBug(`cannot broadcast ${printType(value.type)} to rank ${shape.length}`);
  });
  const kept = own.filter((_, axis) => !repeated.includes(axis + lead));
  return broadcastAlong(b, reshapeTo(b, value, kept), shape, repeated);
};

export const reduceSum = (b: Builder, value: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? value : b.op("reduceSum", [value], { axes });

export const reduceMax = (b: Builder, value: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? value : b.op("reduceMax", [value], { axes });

/** Smallest element over axes: -max(-x); on bool whether all hold. */
export const reduceMin = (b: Builder, value: Value, axes: readonly number[]): Value => {
  const flip = value.type.dtype === "bool" ? "not" : "neg";
  return axes.length === 0 ? value : b.op(flip, [reduceMax(b, b.op(flip, [value]), axes)]);
};

/** Number of elements along axes, as a scalar of the element type. */
export const countOver = (
  b: Builder,
  shape: readonly Dim[],
  axes: readonly number[],
  dtype: "f32" | "i32",
): Value => {
  const count = b.size(product(axes.map((axis) => shape[axis]!)));
  return dtype === "i32" ? count : b.op("cast", [count], { dtype });
};

export const reduceMean = (b: Builder, value: Value, axes: readonly number[]): Value => {
  const sum = reduceSum(b, value, axes);
  const count = countOver(b, value.type.shape, axes, "f32");
  return axes.length === 0 ? value : b.op("div", [sum, broadcastTo(b, count, sum.type.shape)]);
};

/** Position along one axis, i32 of the whole shape. */
export const positionsAlong = (b: Builder, shape: readonly Dim[], axis: number): Value =>
  broadcastAlong(
    b,
    b.op("iota", [], { extent: shape[axis]! }),
    shape,
    axesOf(shape).filter((other) => other !== axis),
  );

/** Row-major position over several axes, i32 of the whole shape. */
export const positionsOver = (
  b: Builder,
  shape: readonly Dim[],
  axes: readonly number[],
): Value => {
  const type = { dtype: "i32", shape } as const;
  return axes.reduce<Value>(
    (sum, axis, i) => {
      const position = positionsAlong(b, shape, axis);
      if (i === 0) return position;
      const extent = broadcastTo(b, b.size(shape[axis]!), shape);
      return b.op("add", [b.op("mul", [sum, extent]), position]);
    },
    b.constant(0, type),
  );
};
