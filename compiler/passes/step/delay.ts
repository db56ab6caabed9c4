// Earlier elements of a sequence: what is put in front of it moves it back, so the last few elements are kept.

import { sub } from "../../ir/dim.ts";
import type { Op, Value } from "../../ir/graph.ts";
import { dimsAttr, numberAttr, numbersAttr } from "../../ops/attrs.ts";
import { sliceAlong } from "../../ops/compose.ts";
import { filledWith } from "../../ops/mask.ts";
import { axesAlong, isSize } from "./axes.ts";
import { refuse } from "./not-causal.ts";
import type { State, Stepper } from "./stepper.ts";

/** The elements `position … position + before` of a value along an axis: those in front of the sequence are its first. */
export type Delayed = { readonly taps: Value; readonly before: number };

/** Of a sequence with elements in front of it: a pad, or a concat of something that does not depend on the size. */
export const delayed = (s: Stepper, value: Value, axis: number): Delayed => {
  const op = value.def.kind === "result" ? value.def.op : null;
  const front = op === null ? null : (paddedFront(op, axis) ?? joinedFront(s, op, axis));
  if (op === null || front === null) {
    if (!isSize(value.type.shape[axis], s.size)) refuse(`moves positions along ${s.size}`, op);
    return { taps: here(s, value, axis, op), before: 0 };
  }
  const { before, first, rest } = front;
  const [taps] = s.once(op, () => {
    const now = here(s, sourceOf(s, rest, axis, op), axis, op);
    if (before === 0) return [now];
    const state = s.remember({ ...now.type, shape: now.type.shape.with(axis, before) }, first);
    const all = s.b.op("concat", [state, now], { axis });
    s.follow(state, sliceAlong(s.b, all, axis, { start: 1, count: before }));
    return [all];
  });
  return { taps: front.finish(s, taps!), before };
};

type Front = {
  readonly before: number;
  /** What stands in front. */
  readonly first: State["first"];
  readonly rest: Value;
  /** What else the op does. */
  readonly finish: (s: Stepper, taps: Value) => Value;
};

const paddedFront = (op: Op, axis: number): Front | null => {
  if (op.name !== "pad") return null;
  const [lo, hi] = [dimsAttr(op.attrs, "lo"), dimsAttr(op.attrs, "hi")];
  const before = lo[axis]!;
  if (typeof before !== "number" || numbersAttr(op.attrs, "interior")[axis] !== 0) return null;
  const attrs = { ...op.attrs, lo: lo.with(axis, 0), hi: hi.with(axis, 0) };
  const first = numberAttr(op.attrs, "value");
  const finish: Front["finish"] = (s, taps) => s.b.op("pad", [taps], attrs);
  return { before, first, rest: op.operands[0]!, finish };
};

const joinedFront = (s: Stepper, op: Op, axis: number): Front | null => {
  if (op.name !== "concat" || numberAttr(op.attrs, "axis") !== axis) return null;
  const [front, rest, ...more] = op.operands;
  const before = front!.type.shape[axis]!;
  if (more.length > 0 || typeof before !== "number" || s.dependsOnSize(front!)) return null;
  const first = filledWith(front!) ?? front!;
  return { before, first, rest: rest!, finish: (_s, taps) => taps };
};

/** The sequence of which a value leaves out the end. */
const sourceOf = (s: Stepper, value: Value, axis: number, op: Op): Value => {
  if (isSize(value.type.shape[axis], s.size)) return value;
  const from = value.def.kind === "result" && value.def.op.name === "slice" ? value.def.op : null;
  const source = from?.operands[0];
  const isStart =
    source !== undefined &&
    isSize(source.type.shape[axis], s.size) &&
    dimsAttr(from!.attrs, "start").every((start) => start === 0) &&
    numbersAttr(from!.attrs, "step").every((step) => step === 1) &&
    value.type.shape.every((dim, i) => i === axis || sub(dim, source.type.shape[i]!) === 0);
  return isStart ? source : refuse(`moves positions along ${s.size}`, op);
};

/** A value with one axis along the size, at the position. */
const here = (s: Stepper, value: Value, axis: number, op: Op | null): Value => {
  if (axesAlong(value, s.size).some((other) => other !== axis))
    refuse(`moves positions along ${s.size}`, op);
  return s.value(
    value,
    value.type.shape.map(() => "here"),
  );
};
