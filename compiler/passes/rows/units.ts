// Rules that move axes of size 1, made by a reshape, out of the way: the op works without them, the reshape comes after.

import type { Dim } from "../../ir/dim.ts";
import type { Attrs, Value } from "../../ir/graph.ts";
import { equalShapes } from "../../ir/type.ts";
import { dimsAttr, numberAttr, numbersAttr } from "../../ops/attrs.ts";
import { reshapeTo } from "../../ops/compose.ts";
import { filledWith } from "../../ops/mask.ts";
import type { Rewriter, Row } from "../rewrite.ts";
import { pointwise } from "./scalar.ts";

/** Axes of size 1 of a reshape's result; none for other values. */
const unitAxes = (r: Rewriter, value: Value): readonly number[] =>
  r.opOf(value, "reshape") === null
    ? []
    : value.type.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));

const drop = <T>(list: readonly T[], axes: readonly number[]): readonly T[] =>
  list.filter((_, axis) => !axes.includes(axis));

/** Where an axis is once others are gone. */
const shifted = (axis: number, gone: readonly number[]): number =>
  axis - gone.filter((other) => other < axis).length;

const squeeze = (r: Rewriter, x: Value, units: readonly number[]): Value =>
  reshapeTo(r, x, drop(x.type.shape, units));

const transposed: Row = {
  rule: "transpose(reshape x) -> reshape(transpose x) without axes of size 1",
  roots: ["transpose"],
  apply: (r, [x], attrs) => {
    const units = unitAxes(r, x!);
    if (units.length === 0) return null;
    const perm = numbersAttr(attrs, "perm");
    const kept = perm.filter((axis) => !units.includes(axis)).map((axis) => shifted(axis, units));
    const shape = perm.map((axis) => x!.type.shape[axis]!);
    return reshapeTo(r, r.op("transpose", [squeeze(r, x!, units)], { perm: kept }), shape);
  },
};

const repeated: Row = {
  rule: "broadcast(reshape x) -> reshape(broadcast x) without axes of size 1",
  roots: ["broadcast"],
  apply: (r, [x], attrs) => {
    const units = unitAxes(r, x!);
    if (units.length === 0) return null;
    const [shape, axes] = [dimsAttr(attrs, "shape"), numbersAttr(attrs, "axes")];
    const own = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const gone = units.map((unit) => own[unit]!);
    const value = r.op("broadcast", [squeeze(r, x!, units)], {
      shape: drop(shape, gone),
      axes: axes.map((axis) => shifted(axis, gone)),
    });
    return reshapeTo(r, value, shape);
  },
};

const reduced: Row = {
  rule: "reduce(reshape x) -> reshape(reduce x) without axes of size 1",
  roots: ["reduceSum", "reduceMax", "reduceProd", "argMax"],
  apply: (r, [x], attrs, name) => {
    const units = unitAxes(r, x!);
    const axes = numbersAttr(attrs, "axes");
    const left = axes.filter((axis) => !units.includes(axis)).map((axis) => shifted(axis, units));
    if (units.length === 0 || left.length === 0) return null;
    const value = r.op(name, [squeeze(r, x!, units)], { axes: left });
    return reshapeTo(r, value, drop(x!.type.shape, axes));
  },
};

const windowed: Row = {
  rule: "window(reshape x) -> reshape(window x), fold too, without axes of size 1",
  roots: ["window", "fold"],
  apply: (r, [x], attrs, name) => {
    const axis = numberAttr(attrs, "axis");
    const own = name === "window" ? [axis] : [axis, axis + 1];
    const units = unitAxes(r, x!).filter((unit) => !own.includes(unit));
    if (units.length === 0) return null;
    const value = r.op(name, [squeeze(r, x!, units)], { ...attrs, axis: shifted(axis, units) });
    const made = value.type.shape.slice(shifted(axis, units)).slice(0, 3 - own.length);
    return reshapeTo(r, value, x!.type.shape.toSpliced(axis, own.length, ...made));
  },
};

/** Attributes without some axes, for those named. */
const dropFrom = (attrs: Attrs, names: readonly string[], units: readonly number[]): Attrs => ({
  ...attrs,
  ...Object.fromEntries(names.map((name) => [name, drop(dimsAttr(attrs, name), units)])),
});

const sliced: Row = {
  rule: "slice(reshape x) -> reshape(slice x) without axes of size 1",
  roots: ["slice"],
  apply: (r, [x], attrs) => {
    const units = unitAxes(r, x!);
    if (units.length === 0) return null;
    const without = dropFrom(attrs, ["start", "count", "step"], units);
    const value = r.op("slice", [squeeze(r, x!, units)], without);
    return reshapeTo(r, value, dimsAttr(attrs, "count"));
  },
};

const padded: Row = {
  rule: "pad(reshape x) -> reshape(pad x) without axes of size 1 that stay so",
  roots: ["pad"],
  apply: (r, [x], attrs) => {
    const [lo, hi] = [dimsAttr(attrs, "lo"), dimsAttr(attrs, "hi")];
    const units = unitAxes(r, x!).filter((axis) => lo[axis] === 0 && hi[axis] === 0);
    if (units.length === 0) return null;
    const without = dropFrom(attrs, ["lo", "hi", "interior"], units);
    const value = r.op("pad", [squeeze(r, x!, units)], without);
    const rest = value.type.shape.values();
    const shape = x!.type.shape.map((_, axis): Dim =>
      units.includes(axis) ? 1 : rest.next().value!,
    );
    return reshapeTo(r, value, shape);
  },
};

const elementwise: Row = {
  rule: "f(reshape x, reshape y) -> reshape f(x, y) where x and y have one shape",
  roots: pointwise,
  apply: (r, operands, attrs, name) => {
    const sources = operands.map((value) => r.opOf(value, "reshape")?.operands[0] ?? null);
    const shape = sources.find((source) => source !== null)?.type.shape;
    if (shape === undefined) return null;
    const inner: Value[] = [];
    for (const [i, source] of sources.entries()) {
      const number = filledWith(operands[i]!);
      if (source !== null && equalShapes(source.type.shape, shape)) inner.push(source);
      else if (number === null) return null;
      else inner.push(r.constant(number, { dtype: operands[i]!.type.dtype, shape }));
    }
    return reshapeTo(r, r.op(name, inner, attrs), operands[0]!.type.shape);
  },
};

export const unitRows: readonly Row[] = [
  transposed,
  repeated,
  reduced,
  windowed,
  sliced,
  padded,
  elementwise,
];
