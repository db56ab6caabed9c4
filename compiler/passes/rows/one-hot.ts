// Rules for indices that pick one element of an axis: scatter becomes a comparison, its sum a range check.

import type { Dim } from "../../ir/dim.ts";
import type { Attrs, Value } from "../../ir/graph.ts";
import { dimAttr, numberAttr, numbersAttr } from "../../ops/attrs.ts";
import { axesOf, broadcastAlong, positionsAlong, reduceSum } from "../../ops/compose.ts";
import { filledWith } from "../../ops/mask.ts";
import type { Rewriter, Row } from "../rewrite.ts";

/** The operand of a broadcast that repeats it along exactly this axis, other axes still there; null if it is not one. */
const withoutAxis = (r: Rewriter, value: Value, axis: number): Value | null => {
  const { shape } = value.type;
  const left = shape.toSpliced(axis, 1);
  const number = filledWith(value);
  if (number !== null) return r.constant(number, { dtype: value.type.dtype, shape: left });
  const from = r.opOf(value, "broadcast");
  const axes = from === null ? [] : numbersAttr(from.attrs, "axes");
  if (from === null || !axes.includes(axis)) return null;
  const rest = axes.filter((a) => a !== axis).map((a) => (a > axis ? a - 1 : a));
  return broadcastAlong(r, from.operands[0]!, left, rest);
};

/** Whether a value is 0, 1, 2, … along an axis and the same along all others. */
const isPosition = (r: Rewriter, value: Value, axis: number): boolean => {
  const from = r.opOf(value, "broadcast");
  const source = from === null ? value : from.operands[0]!;
  if (r.opOf(source, "iota") === null) return false;
  const repeated = from === null ? [] : numbersAttr(from.attrs, "axes");
  return !repeated.includes(axis);
};

/** The index `i` of `eq(position, i)` along an axis, without that axis. */
const comparedIndex = (r: Rewriter, condition: Value, axis: number): Value | null => {
  const equal = r.opOf(condition, "eq");
  if (equal === null) return null;
  const [left, right] = equal.operands;
  if (isPosition(r, left!, axis)) return withoutAxis(r, right!, axis);
  return isPosition(r, right!, axis) ? withoutAxis(r, left!, axis) : null;
};

const sumOfPick = (r: Rewriter, x: Value, attrs: Attrs): Value | null => {
  const picked = r.opOf(x, "select");
  if (picked === null || filledWith(picked.operands[2]!) !== 0) return null;
  for (const axis of numbersAttr(attrs, "axes")) {
    const index = comparedIndex(r, picked.operands[0]!, axis);
    const update = withoutAxis(r, picked.operands[1]!, axis);
    if (index === null || update === null) continue;
    const inside = insideOf(r, index, x.type.shape[axis]!);
    const value = r.op("select", [inside, update, r.constant(0, update.type)]);
    const rest = numbersAttr(attrs, "axes").filter((a) => a !== axis);
    return reduceSum(
      r,
      value,
      rest.map((a) => (a > axis ? a - 1 : a)),
    );
  }
  return null;
};

/** `0 <= index < extent`, element by element. */
const insideOf = (r: Rewriter, index: Value, extent: Dim): Value => {
  const { shape } = index.type;
  const size = broadcastAlong(r, r.size(extent), shape, axesOf(shape));
  return r.op("min", [r.op("le", [r.constant(0, index.type), index]), r.op("lt", [index, size])]);
};

export const oneHotRows: readonly Row[] = [
  {
    rule: "gather(constant, i) -> select(0 <= i < n, constant, 0)",
    roots: ["gather"],
    apply: (r, [x, index], attrs) => {
      const number = r.opOf(x!, "constant") === null ? null : filledWith(x!);
      // An index that is not known to be in range is reported by the gather itself.
      if (number === null || attrs["checked"] === false) return null;
      const batch = numberAttr(attrs, "batch");
      const { shape } = index!.type;
      const all = [...shape, ...x!.type.shape.slice(batch + 1)];
      const inside = insideOf(r, index!, x!.type.shape[batch]!);
      const type = { dtype: x!.type.dtype, shape: all };
      const rows = axesOf(all).slice(shape.length);
      return r.op("select", [
        broadcastAlong(r, inside, all, rows),
        r.constant(number, type),
        r.constant(0, type),
      ]);
    },
  },
  {
    rule: "scatterAdd(u, i) with one index per batch -> select(position = i, u, 0)",
    roots: ["scatterAdd"],
    apply: (r, [update, index], attrs) => {
      const batch = numberAttr(attrs, "batch");
      if (index!.type.shape.length !== batch) return null;
      const extent = dimAttr(attrs, "extent");
      const shape = update!.type.shape.toSpliced(batch, 0, extent);
      const rows = shape.map((_, axis) => axis).filter((axis) => axis >= batch);
      const here = r.op("eq", [
        positionsAlong(r, shape, batch),
        broadcastAlong(r, index!, shape, rows),
      ]);
      const type = { dtype: update!.type.dtype, shape };
      return r.op("select", [
        here,
        broadcastAlong(r, update!, shape, [batch]),
        r.constant(0, type),
      ]);
    },
  },
  {
    rule: "reduceSum(select(position = i, u, 0)) over that axis -> select(0 <= i < n, u, 0)",
    roots: ["reduceSum"],
    apply: (r, [x], attrs) => sumOfPick(r, x!, attrs),
  },
];
