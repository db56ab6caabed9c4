// Cotangents that a select makes exactly zero: gradient rules move inside the select, so a dead branch stays zero.

import type { Value } from "../ir/graph.ts";
import type { Builder } from "./define.ts";

/** The number a value is filled with, or null when it is not a filled constant. */
export const filledWith = (value: Value): number | null => {
  if (value.def.kind !== "result") return null;
  const { op } = value.def;
  if (op.name === "broadcast") return filledWith(op.operands[0]!);
  const filled = op.attrs["value"];
  return op.name === "constant" && typeof filled === "number" ? filled : null;
};

const isZero = (value: Value): boolean => filledWith(value) === 0;

/** `select(condition, live, 0)`, or `select(condition, 0, live)` when `on` is false. */
type Mask = { readonly condition: Value; readonly on: boolean; readonly live: Value };

/** Sees a value as a masked one, or null. */
export const maskOf = (value: Value): Mask | null => {
  if (value.def.kind !== "result" || value.def.op.name !== "select") return null;
  const [condition, whenTrue, whenFalse] = value.def.op.operands;
  if (isZero(whenFalse!)) return { condition: condition!, on: true, live: whenTrue! };
  if (isZero(whenTrue!)) return { condition: condition!, on: false, live: whenFalse! };
  return null;
};

const applyMask = (b: Builder, condition: Value, on: boolean, live: Value): Value => {
  const zero = b.constant(0, live.type);
  return b.op("select", on ? [condition, live, zero] : [condition, zero, live]);
};

/**
 * Runs a rule that is linear in the cotangent on the live part of it and masks what comes out.
 * `0 * inf` in a dead branch would be NaN; selected away after the product it is 0.
 */
export const underMask = (
  b: Builder,
  ct: Value,
  rule: (ct: Value) => readonly (Value | null)[],
): readonly (Value | null)[] => {
  const mask = maskOf(ct);
  if (mask === null) return rule(ct);
  return underMask(b, mask.live, rule).map((value) =>
    value === null ? null : applyMask(b, mask.condition, mask.on, value),
  );
};

/** As `underMask` for a view of the cotangent: the condition goes through the same view. */
export const viewUnderMask = (b: Builder, ct: Value, view: (value: Value) => Value): Value => {
  const mask = maskOf(ct);
  if (mask === null) return view(ct);
  return applyMask(b, view(mask.condition), mask.on, viewUnderMask(b, mask.live, view));
};

/** Sum of two cotangents of one value. Where both are masked the sum is masked where neither is live. */
export const addCotangents = (b: Builder, left: Value, right: Value): Value => {
  const l = maskOf(left);
  const r = maskOf(right);
  if (l === null || r === null) return b.op("add", [left, right]);
  if (l.condition === r.condition && l.on === r.on)
    return applyMask(b, l.condition, l.on, addCotangents(b, l.live, r.live));
  if (l.condition !== r.condition)
    return applyMask(b, eitherLive(b, l, r), true, b.op("add", [left, right]));
  const sides = l.on ? [l.live, r.live] : [r.live, l.live];
  const sum = b.op("select", [l.condition, ...sides]);
  // Two sides that are live throughout leave no dead place; a mask inside one of them does.
  if (maskOf(l.live) === null && maskOf(r.live) === null) return sum;
  return applyMask(b, eitherLive(b, l, r), true, sum);
};

const eitherLive = (b: Builder, l: Mask, r: Mask): Value =>
  b.op("max", [liveWhere(b, l), liveWhere(b, r)]);

/** The condition under which a masked value may be other than 0. */
const liveWhere = (b: Builder, mask: Mask): Value => {
  const here = mask.on ? mask.condition : b.op("not", [mask.condition]);
  const inner = maskOf(mask.live);
  return inner === null ? here : b.op("min", [here, liveWhere(b, inner)]);
};
