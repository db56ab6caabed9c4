// `minimize L over W using Opt clip c` into the loss, its gradients and the weights' new values.

import type { Expr, MinimizeStmt, Target } from "../../grammar/ast.ts";
import type { Detail, Help } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Precision } from "../../runtime/abi.ts";
import { ancestorsOf } from "../ir/ancestors.ts";
import type { Value } from "../ir/graph.ts";
import { scalarType } from "../ir/type.ts";
import { broadcastTo } from "../ops/compose.ts";
import type { Builder } from "../ops/define.ts";
import type { Context, Frame } from "./context.ts";
import { toNumber, toTensor } from "./convert.ts";
import { storedPathsIn } from "./stored-paths.ts";
import { describeType } from "./describe.ts";
import type { Penalty } from "./graph-state.ts";
import { guardUpdates, openLossScale, unscaleGradients } from "./loss-scale.ts";
import { updateWeight } from "./optimizer.ts";
import type { StoreUpdate } from "./optimizer.ts";
import { stateInput } from "./state-input.ts";
import { paramPaths, smoothAncestors, weightsOf } from "./target-weights.ts";
import type { Loss } from "./target-weights.ts";
import type { ConfiguredOptimizer } from "./value.ts";

/** A step's loss (without penalties), what penalties add, and every stored tensor it changes. */
export type Minimized = {
  readonly loss: Value;
  readonly penalty: Value | null;
  readonly updates: readonly StoreUpdate[];
};

/** How gradients of several batches make one update. `partial`: only add to the sums. */
export type Accumulation = { readonly batches: number; readonly partial: boolean };

export type StepOptions = {
  readonly accumulation: Accumulation;
  readonly precision: Precision;
  /** Of all steps of the recipe. */
  readonly losses: readonly Expr[];
};

/** The weights of one target, and what moves them. */
type Group = {
  readonly paths: readonly string[];
  readonly optimizer: ConfiguredOptimizer;
  /** Where the optimizer is configured. */
  readonly span: Span;
};

const meanHelp = (ctx: Context, span: Span): Help => {
  const text = `mean(${ctx.text(span)})`;
  return { text: `\`${text}\``, fix: { span, text, safe: true } };
};

const misplacedClip = (ctx: Context, stmt: MinimizeStmt): Detail => {
  const last = ctx.text(stmt.targets.at(-1)!.using.span);
  return {
    label: "all gradients are scaled together, by one norm",
    helps: [{ text: `write it once, behind \`using ${last}\`` }],
  };
};

const configureHelp = (name: string, span: Span): Help => ({
  text: `configure it: \`${name}()\``,
  fix: { span, text: `${name}()`, safe: true },
});

const configured = (ctx: Context, frame: Frame, target: Target): ConfiguredOptimizer | null => {
  const item = ctx.evaluate(target.using, frame);
  if (item.kind === "configured-optimizer") {
    const tensor = [...item.config].find(([, given]) => given.kind === "tensor")?.[0];
    if (tensor === undefined) return item;
    const what = `\`${tensor}\` of \`${item.decl.name.text}\``;
    const text = "it may depend on `step`, not on data";
    ctx.report(diagnostic("DLM0308", target.using.span, { what }, { helps: [{ text }] }));
    return null;
  }
  if (item.kind !== "unknown")
    ctx.report(
      diagnostic(
        "DLM0612",
        target.using.span,
        { name: ctx.text(target.using.span) },
        item.kind === "optimizer"
          ? {
              label: "not configured",
              helps: [configureHelp(item.decl.name.text, target.using.span)],
            }
          : {},
      ),
    );
  return null;
};

/** The loss as one number; penalties of library blocks are already recorded when this returns. */
export const lossOf = (ctx: Context, frame: Frame, stmt: MinimizeStmt): Value | null => {
  const item = ctx.evaluate(stmt.loss, frame);
  if (item.kind === "unknown") return null;
  const tensor = toTensor(ctx, item, stmt.loss.span);
  if (tensor === null) return null;
  const { type } = tensor.value;
  if (type.shape.length > 0 || type.dtype !== "f32") {
    const perExample = type.shape.length > 0;
    ctx.report(
      diagnostic(
        "DLM0601",
        stmt.loss.span,
        { actual: describeType(type) },
        perExample
          ? {
              label: type.shape.length === 1 ? "one loss per example" : "",
              helps: [meanHelp(ctx, stmt.loss.span)],
            }
          : { label: "a whole number has no gradient" },
      ),
    );
    return null;
  }
  return ctx.builder.name(tensor.value, "loss");
};

/** Penalties of applications that the loss needs, where they depend on a trained weight. */
const activePenalties = (
  penalties: readonly Penalty[],
  loss: Value,
  trained: ReadonlySet<string>,
): readonly Value[] => {
  const needed = ancestorsOf([loss]);
  return penalties
    .filter(({ results }) => results.some((result) => needed.has(result)))
    .map(({ value }) => value)
    .filter((value) => storedPathsIn(ancestorsOf([value])).some((path) => trained.has(path)));
};

/** `min(1, limit / (norm + 1e-6))`, the norm over all gradients together. */
const clipScale = (b: Builder, gradients: readonly Value[], limit: number): Value => {
  const scalar = scalarType("f32");
  const squares = gradients.map((g) =>
    b.op("reduceSum", [b.op("mul", [g, g])], { axes: g.type.shape.map((_, axis) => axis) }),
  );
  const norm = b.op("sqrt", [squares.reduce((sum, one) => b.op("add", [sum, one]))]);
  const ratio = b.op("div", [
    b.constant(limit, scalar),
    b.op("add", [norm, b.constant(1e-6, scalar)]),
  ]);
  return b.op("min", [b.constant(1, scalar), ratio]);
};

/** `stepName` is "" for a recipe with one `minimize`. */
export const minimize = (
  ctx: Context,
  frame: Frame,
  stmt: MinimizeStmt,
  stepName: string,
  { accumulation, precision, losses }: StepOptions,
): Minimized | null => {
  for (const { clip } of stmt.targets.slice(0, -1))
    if (clip !== null) ctx.report(diagnostic("DLM0608", clip.span, {}, misplacedClip(ctx, stmt)));
  const loss = lossOf(ctx, frame, stmt);
  const optimizers = stmt.targets.map((target) => configured(ctx, frame, target));
  if (loss === null) return null;

  const penaltiesOfLoss = (trained: ReadonlySet<string>): readonly Value[] =>
    activePenalties(ctx.state.penalties, loss, trained);
  // Penalties may reach weights that the loss alone does not.
  const everything = new Set(paramPaths(ctx));
  const b = ctx.builder;
  b.at(stmt.span);
  const whole = penaltiesOfLoss(everything).reduce((sum, one) => b.op("add", [sum, one]), loss);
  const reached = new Set(storedPathsIn(ancestorsOf([whole])));
  const smooth = smoothAncestors(whole);
  const lossToTrain: Loss = { value: whole, written: stmt.loss, reached, smooth, others: losses };

  const groups: Group[] = [];
  const owners = new Map<string, Span>();
  for (const [index, target] of stmt.targets.entries()) {
    const optimizer = optimizers[index] ?? null;
    const paths = [...new Set(weightsOf(ctx, frame, target, lossToTrain))];
    for (const path of paths) {
      if (owners.has(path))
        ctx.report(
          diagnostic(
            "DLM0606",
            target.span,
            { weight: path },
            {
              label: "trained here again",
              labels: [{ span: owners.get(path)!, text: "trained here" }],
              helps: [{ text: "name the layers that each target trains" }],
            },
          ),
        );
      owners.set(path, target.span);
    }
    if (optimizer !== null) groups.push({ paths, optimizer, span: target.using.span });
  }
  const first = stmt.targets[0];
  if (first !== undefined && first.over.length === 0 && owners.size === 0)
    ctx.report(
      diagnostic("DLM0602", stmt.loss.span, { path: "any weight" }, { label: "uses no weight" }),
    );

  const trained = new Set(owners.keys());
  const penalties = penaltiesOfLoss(trained);
  b.at(stmt.span);
  const penalty =
    penalties.length === 0 ? null : penalties.reduce((sum, one) => b.op("add", [sum, one]));
  const total = penalty === null ? loss : b.op("add", [loss, penalty]);

  const stateOf = (path: string, name: string): string =>
    stepName === "" ? `${path}:${name}` : `${path}:${stepName}.${name}`;
  const last = stmt.targets.at(-1);
  const limit =
    last === undefined || last.clip === null
      ? null
      : toNumber(ctx, ctx.evaluate(last.clip, frame), last.clip.span);
  if (limit !== null && !(limit > 0))
    ctx.report(
      diagnostic("DLM0316", last!.clip!.span, {
        name: "clip",
        value: limit,
        expected: "a number above 0",
      }),
    );
  return {
    loss,
    penalty,
    updates: updatesOf(ctx, { total, groups, limit, stateOf, accumulation, precision, stmt }),
  };
};

type Update = {
  readonly total: Value;
  readonly groups: readonly Group[];
  readonly limit: number | null;
  readonly stateOf: (path: string, name: string) => string;
  readonly accumulation: Accumulation;
  readonly precision: Precision;
  readonly stmt: MinimizeStmt;
};

const updatesOf = (ctx: Context, update: Update): readonly StoreUpdate[] => {
  const { total, groups, limit, stateOf, accumulation, precision, stmt } = update;
  const b = ctx.builder;
  b.at(stmt.span);
  const weightOf = (path: string): Value => ctx.state.stored.get(path)!;
  const paths = groups.flatMap((group) => group.paths);
  const scaling =
    precision === "f32" || paths.length === 0
      ? null
      : openLossScale(ctx, (name) => stateOf("loss", name), stmt.span);
  const target = scaling === null ? total : b.op("mul", [total, scaling.scale]);
  const raw = new Map(paths.map((path) => [path, b.op("grad", [target, weightOf(path)])]));
  const sums: StoreUpdate[] = [];
  const summed = new Map<string, Value>();
  for (const [path, gradient] of raw) {
    if (accumulation.batches === 1) {
      summed.set(path, gradient);
      continue;
    }
    const { type } = gradient;
    const sumPath = stateOf(path, "gradient");
    const sum = stateInput(ctx, sumPath, type, 0, stmt.span);
    const share = b.op("mul", [gradient, b.constant(1 / accumulation.batches, type)]);
    const next = b.op("add", [sum, share]);
    summed.set(path, next);
    sums.push({ path: sumPath, value: accumulation.partial ? next : b.constant(0, type) });
  }
  if (accumulation.partial) return sums;
  const gradients = new Map(scaling === null ? summed : unscaleGradients(b, scaling, summed));
  if (limit !== null && gradients.size > 0) {
    const scale = clipScale(b, [...gradients.values()], limit);
    for (const [path, gradient] of gradients)
      gradients.set(path, b.op("mul", [gradient, broadcastTo(b, scale, gradient.type.shape)]));
  }
  const moved = groups.flatMap(({ paths: own, optimizer, span }) =>
    own.flatMap((path) => {
      const weight = { path, value: weightOf(path), gradient: gradients.get(path)! };
      return updateWeight(ctx, optimizer, weight, (name) => stateOf(path, name), span);
    }),
  );
  const updates =
    scaling === null ? moved : guardUpdates(ctx, scaling, [...summed.values()], moved);
  return [...updates, ...sums];
};
