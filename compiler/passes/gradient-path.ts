// Analysis: how a value depends on another, for what differentiates and for what reports a gradient that is not there.

import { ancestorsOf } from "../ir/ancestors.ts";
import type { Op, Value } from "../ir/graph.ts";
import { ops } from "../ops/index.ts";
import { opNameOf } from "../ops/to-kernel.ts";

export type GradientPath =
  /** A path of ops that all have gradients. */
  | { readonly kind: "smooth" }
  /** y does not depend on x. */
  | { readonly kind: "none" }
  /** Every path meets an op without a gradient; `at` is the first one. */
  | { readonly kind: "flat"; readonly at: Op };

/** Whether cotangents go through an op: it has a rule and its result is real. */
export const isSmooth = (op: Op): boolean =>
  op.name === "scan" ||
  (typeof ops[opNameOf(op)].vjp === "function" && op.results.every((r) => r.type.dtype === "f32"));

/** Ops that values depend on, in the order they were made. */
export const opsBefore = (...ys: readonly Value[]): readonly Op[] => {
  const made = [...ancestorsOf(ys)].flatMap(({ def }) => (def.kind === "input" ? [] : [def.op]));
  return [...new Set(made)].sort((a, b) => a.results[0]!.id - b.results[0]!.id);
};

/** Values made by `order` that depend on one of `xs`, `xs` among them; `through` says which ops pass it on. */
export const dependents = (
  order: readonly Op[],
  xs: readonly Value[],
  through: (op: Op) => boolean,
): ReadonlySet<Value> => {
  const found = new Set(xs);
  for (const op of order) {
    if (through(op) && op.operands.some((value) => found.has(value)))
      op.results.forEach((result) => found.add(result));
  }
  return found;
};

export const gradientPath = (y: Value, x: Value): GradientPath => {
  const order = opsBefore(y);
  if (!dependents(order, [x], () => true).has(y)) return { kind: "none" };
  const smooth = dependents(order, [x], isSmooth);
  if (smooth.has(y)) return { kind: "smooth" };
  const at = order.find((op) => !isSmooth(op) && op.operands.some((value) => smooth.has(value)));
  return at === undefined ? { kind: "none" } : { kind: "flat", at };
};
