// Ops that read along the axis of positions: slices of tables by position, shifts, windows over earlier positions.

import { mul, sub } from "../../ir/dim.ts";
import type { Op, Value } from "../../ir/graph.ts";
import { dimAttr, dimsAttr, numberAttr, numbersAttr } from "../../ops/attrs.ts";
import { sliceAlong } from "../../ops/compose.ts";
import { isSize, isWhole, mentions } from "./axes.ts";
import { delayed } from "./delay.ts";
import { refuse } from "./not-causal.ts";
import { reached, reachesOf } from "./stepper.ts";
import type { Rule, Stepper } from "./stepper.ts";
import { pointwise } from "./view-rules.ts";

export const slicing: Rule = (s, op, reaches) => {
  const x = op.operands[0]!;
  const [start, count] = [dimsAttr(op.attrs, "start"), dimsAttr(op.attrs, "count")];
  const step = numbersAttr(op.attrs, "step");
  const moved = count.flatMap((dim, axis) => {
    const isAlong = mentions(dim, s.size) || mentions(x.type.shape[axis]!, s.size);
    return isAlong && !(isSize(dim, s.size) && isWhole(op, axis)) ? [axis] : [];
  });
  const [axis] = moved;
  if (axis === undefined)
    return s.b.op("slice", [s.value(x, reaches)], {
      start,
      count: reached(s, op, count, reaches),
      step,
    });
  const from = start[axis]!;
  if (!isSize(count[axis], s.size)) return refuse(`takes only some positions of ${s.size}`, op);
  if (moved.length > 1 || step[axis] !== 1 || typeof from !== "number")
    return refuse(`reads ${s.size} in another order`, op);
  const rows = x.type.shape[axis]!;
  if (typeof rows !== "number") {
    const { taps, before } = delayed(s, x, axis);
    if (from > before) refuse(`reads later positions of ${s.size}`, op);
    const lengths = reached(s, op, count, reaches);
    return s.b.op("slice", [taps], { start, count: lengths, step });
  }
  // A table with a row for each position.
  if (s.bound(op) > rows - from) refuse(`reads more rows than there are for all of ${s.size}`, op);
  const isAll = reaches[axis] === "all";
  const lengths = reached(s, op, count, reaches).with(axis, isAll ? s.bound(op) : rows - from);
  const table = s.b.op("slice", [s.value(x, reaches)], { start, count: lengths, step });
  return isAll ? table : atPosition(s, table, axis);
};

/** The element of an axis at the position; the axis stays, with size 1. */
const atPosition = (s: Stepper, x: Value, axis: number): Value => {
  const order = [axis, ...x.type.shape.flatMap((_, other) => (other === axis ? [] : [other]))];
  const front = s.b.op("transpose", [x], { perm: order });
  const index = s.b.op("reshape", [s.position], { shape: [1] });
  // The runtime goes no further than the bound, for which the slice was proved.
  const row = s.b.op("gather", [front, index], { batch: 0, checked: true });
  return s.b.op("transpose", [row], { perm: order.map((_, to) => order.indexOf(to)) });
};

export const padding: Rule = (s, op, reaches) => {
  const x = op.operands[0]!;
  const axis = op.results[0]!.type.shape.findIndex(
    (dim, i) =>
      mentions(dim, s.size) &&
      ["lo", "hi", "interior"].some((end) => dimsAttr(op.attrs, end)[i] !== 0),
  );
  if (axis < 0) return s.b.op("pad", [s.value(x, reaches)], op.attrs);
  return first(s, op, axis);
};

export const joining: Rule = (s, op, reaches, index) => {
  const axis = numberAttr(op.attrs, "axis");
  if (!mentions(op.results[0]!.type.shape[axis]!, s.size)) return pointwise(s, op, reaches, index);
  return first(s, op, axis);
};

/** The element at the position itself, of a result with something in front. */
const first = (s: Stepper, op: Op, axis: number): Value =>
  sliceAlong(s.b, delayed(s, op.results[0]!, axis).taps, axis, { count: 1 });

export const windows: Rule = (s, op, reaches) => {
  const x = op.operands[0]!;
  const axis = numberAttr(op.attrs, "axis");
  if (!isSize(dimAttr(op.attrs, "count"), s.size)) {
    if (mentions(x.type.shape[axis]!, s.size)) refuse(`cuts ${s.size} into pieces`, op);
    const own = reachesOf(x, reaches, (i) => (i > axis ? i + 1 : i));
    return s.b.op("window", [s.value(x, own)], op.attrs);
  }
  const dilation = numberAttr(op.attrs, "dilation");
  const span = mul(sub(dimAttr(op.attrs, "size"), 1), dilation);
  const { taps, before } = delayed(s, x, axis);
  if (numberAttr(op.attrs, "stride") !== 1 || typeof span !== "number" || span > before)
    return refuse(`looks at later positions of ${s.size}`, op);
  return s.b.op("window", [taps], { ...op.attrs, count: 1 });
};
