// Loss scaling, for `precision: "mixed"`: gradients are those of a multiple of the loss, so that f16 holds small ones, and
// an update for which one of them became too large is left out.

import type { Span } from "../../grammar/span.ts";
import type { Value } from "../ir/graph.ts";
import { scalarType } from "../ir/type.ts";
import { axesOf, broadcastTo, reduceMax } from "../ops/compose.ts";
import type { Builder } from "../ops/define.ts";
import type { Context } from "./context.ts";
import type { StoreUpdate } from "./optimizer.ts";
import { stateInput } from "./state-input.ts";

/** As in PyTorch's GradScaler. Powers of two, so that scaling rounds nothing. */
const firstScale = 2 ** 16;
const growthInterval = 2000;
/**
 * What is not finite at the smallest scale is not so because of it: then updates are made, and the loss of the next one
 * is the error that it is without scaling. The inverse of the largest is still a normal f32.
 */
const [smallestScale, largestScale] = [2 ** -24, 2 ** 100];

const largestF32 = 2 ** 128 - 2 ** 104;

/** The states that a step keeps beside its optimizers' by `pathOf`: what the loss is multiplied by, and since when. */
export type LossScale = {
  readonly scale: Value;
  readonly pathOf: (name: string) => string;
  readonly span: Span;
};

export const openLossScale = (
  ctx: Context,
  pathOf: (name: string) => string,
  span: Span,
): LossScale => ({
  scale: stateInput(ctx, pathOf("scale"), scalarType("f32"), firstScale, span),
  pathOf,
  span,
});

const both = (b: Builder, x: Value, y: Value): Value => b.op("min", [x, y]);
const either = (b: Builder, x: Value, y: Value): Value => b.op("max", [x, y]);

/** Whether all elements of all tensors are, as bool[]. */
const areFinite = (b: Builder, tensors: readonly Value[]): Value => {
  const largest = tensors
    .map((one) => reduceMax(b, b.op("abs", [one]), axesOf(one.type.shape)))
    .reduce((most, one) => b.op("max", [most, one]));
  const inRange = b.op("le", [largest, b.constant(largestF32, largest.type)]);
  // NaN compares as it likes on some targets, but never equals itself.
  return both(b, b.op("eq", [largest, largest]), inRange);
};

/** The gradients of the loss itself, exactly. */
export const unscaleGradients = (
  b: Builder,
  { scale }: LossScale,
  gradients: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> => {
  const inverse = b.op("div", [b.constant(1, scale.type), scale]);
  return new Map(
    [...gradients].map(([path, gradient]) => [
      path,
      b.op("mul", [gradient, broadcastTo(b, inverse, gradient.type.shape)]),
    ]),
  );
};

/** The updates, which change nothing where one of the `scaled` gradients is not finite, and that of the scale. */
export const guardUpdates = (
  ctx: Context,
  { scale, pathOf, span }: LossScale,
  scaled: readonly Value[],
  updates: readonly StoreUpdate[],
): readonly StoreUpdate[] => {
  const b = ctx.builder;
  const goodSteps = stateInput(ctx, pathOf("good_steps"), scalarType("i32"), 0, span);
  const [number, count] = [
    (value: number): Value => b.constant(value, scale.type),
    (value: number): Value => b.constant(value, goodSteps.type),
  ];
  const finite = areFinite(b, scaled);
  const isLeast = b.op("le", [scale, number(smallestScale)]);
  const applies = either(b, finite, isLeast);
  const guarded = updates.map(({ path, value }): StoreUpdate => {
    const old = ctx.state.stored.get(path)!;
    const condition = broadcastTo(b, applies, value.type.shape);
    return { path, value: b.op("select", [condition, value, old]) };
  });
  const counted = b.op("add", [goodSteps, count(1)]);
  const grows = b.op("le", [count(growthInterval), counted]);
  const grown = b.op("min", [b.op("mul", [scale, number(2)]), number(largestScale)]);
  const shrunk = b.op("max", [b.op("mul", [scale, number(0.5)]), number(smallestScale)]);
  const nextScale = b.op("select", [finite, b.op("select", [grows, grown, scale]), shrunk]);
  const counts = both(b, finite, b.op("not", [grows]));
  const nextSteps = b.op("select", [counts, counted, count(0)]);
  return [
    ...guarded,
    { path: pathOf("scale"), value: b.name(nextScale, "next_scale") },
    { path: pathOf("good_steps"), value: b.name(nextSteps, "next_good_steps") },
  ];
};
