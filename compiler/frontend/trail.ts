// How a value came about in its pipeline, for notes such as `[B, 784] -> Dense(64) [B, 64] -> relu [B, 64]`.

import type { Value } from "../ir/graph.ts";
import type { Context } from "./context.ts";
import { describeShape } from "./describe.ts";

/** One stage that a value went through. */
export type Step = { readonly text: string; readonly from: Value; readonly to: Value };

/** Records that `from` became `to` in a stage written as `text`. */
export const extendTrail = (ctx: Context, text: string, from: Value, to: Value): void => {
  const { trails } = ctx.state;
  trails.set(to, [...(trails.get(from) ?? []), { text, from, to }].slice(-maxSteps));
};

/** Longer trails are cut at the front. */
const maxSteps = 12;

export const describeTrail = (ctx: Context, value: Value): string | null => {
  const steps = ctx.state.trails.get(value);
  const first = steps?.[0];
  if (steps === undefined || first === undefined) return null;
  const rest = steps.map(({ text, to }) => `${text} ${describeShape(to.type.shape)}`);
  return [describeShape(first.from.type.shape), ...rest].join(" -> ");
};
