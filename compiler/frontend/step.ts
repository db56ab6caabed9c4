// One graph of a recipe: a training step, or the evaluation of all of them.

import type { MetricStmt } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { ancestorsOf } from "../ir/ancestors.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { MetricInfo } from "../ir/module.ts";
import type { Context, Frame } from "./context.ts";
import { floatItem, tensorItem, toTensor } from "./convert.ts";
import { describeType } from "./describe.ts";
import type { Output } from "./finish.ts";
import { lazyLets } from "./lazy-lets.ts";
import { createAccumulators, foldMetric } from "./metric.ts";
import { lossOf, minimize } from "./minimize.ts";
import type { StepOptions } from "./minimize.ts";
import { settleNames } from "./name-layers.ts";
import type { RecipeStep } from "./recipe.ts";
import { frame as scopeFrame } from "./scope.ts";

/** A metric as f32[]; null when it is not one number (reported). */
const metricValue = (ctx: Context, frame: Frame, { value }: MetricStmt): Value | null => {
  const item = ctx.evaluate(value, frame);
  settleNames(ctx, frame.body, null);
  if (item.kind === "unknown") return null;
  ctx.builder.at(value.span);
  const tensor = toTensor(ctx, item, value.span);
  if (tensor === null) return null;
  const { type } = tensor.value;
  if (type.shape.length > 0) {
    const help = { text: "reduce it: `mean(…)`" };
    ctx.report(
      diagnostic("DLM0610", value.span, { actual: describeType(type) }, { helps: [help] }),
    );
    return null;
  }
  return type.dtype === "f32"
    ? tensor.value
    : ctx.builder.op("cast", [tensor.value], { dtype: "f32" });
};

/** Metrics may read `penalty`, what the penalties of the step add up to. */
const withPenalty = (frame: Frame, penalty: Value | null): Frame => {
  const item = penalty === null ? floatItem(0) : tensorItem(penalty);
  return { ...frame, scope: scopeFrame(frame.scope, new Map([["penalty", { item, span: null }]])) };
};

/** What a training step gives: loss, penalty, metrics, and every stored tensor's new value. */
export const stepOutputs = (
  ctx: Context,
  recipe: Frame,
  step: RecipeStep,
  options: StepOptions,
): readonly Output[] => {
  const frame = lazyLets(ctx, recipe, step.lets);
  const result = minimize(ctx, frame, step.minimize, step.name, options);
  if (result === null) return [];
  const { loss, penalty } = result;
  const needed = ancestorsOf(penalty === null ? [loss] : [loss, penalty]);
  // A later application reads what an earlier one wrote, so the last update of a path stands.
  const buffers = new Map(
    ctx.state.updates
      .filter(({ results }) => results.some((value) => needed.has(value)))
      .map(({ path, value }) => [path, value]),
  );
  const metricFrame = withPenalty(frame, penalty);
  const metrics = step.metrics.flatMap((metric): readonly Output[] => {
    const value = metricValue(ctx, metricFrame, metric);
    return value === null ? [] : [{ value, output: { kind: "metric", name: metric.name.text } }];
  });
  const stored = [...buffers].map(([path, value]) => ({ path, value }));
  return [
    { value: loss, output: { kind: "loss" } },
    ...(penalty === null ? [] : [{ value: penalty, output: { kind: "penalty" } as const }]),
    ...metrics,
    ...[...result.updates, ...stored].map(({ path, value }): Output => ({
      value,
      output: { kind: "store", path },
    })),
  ];
};

/** What evaluation gives for one batch, and how the metrics of a set come from it. */
export type Evaluation = {
  readonly outputs: readonly Output[];
  readonly metrics: readonly MetricInfo[];
};

/** Loss and metrics of every step, without training; names are `step.loss` where steps have names. */
export const evaluationOutputs = (
  ctx: Context,
  recipe: Frame,
  steps: readonly RecipeStep[],
  batch: Dim,
): Evaluation => {
  const accumulators = createAccumulators();
  const metrics: MetricInfo[] = [];
  const varying = (): ReadonlySet<Value> =>
    new Set(
      ctx.state.inputs.flatMap(({ value, source }) =>
        source.kind === "data" || source.kind === "draw" ? [value] : [],
      ),
    );
  for (const step of steps) {
    const frame = lazyLets(ctx, recipe, step.lets);
    const loss = lossOf(ctx, frame, step.minimize);
    if (loss === null) continue;
    const add = (name: string, value: Value): void => {
      const whole = step.name === "" ? name : `${step.name}.${name}`;
      const folded = foldMetric(ctx.builder, value, varying(), batch, accumulators);
      metrics.push({ name: whole, value: folded });
    };
    add("loss", loss);
    for (const metric of step.metrics) {
      const value = metricValue(ctx, withPenalty(frame, null), metric);
      if (value !== null) add(metric.name.text, value);
    }
  }
  const outputs = accumulators.list.map(({ value, fold }): Output => ({
    value: value.type.dtype === "f32" ? value : ctx.builder.op("cast", [value], { dtype: "f32" }),
    output: { kind: "accumulator", fold },
  }));
  return { outputs, metrics };
};
