// `x -> scan T { stages }` into one `scan` op: the stages are elaborated once, for one position of the axis.

import type { ScanStage } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Value } from "../ir/graph.ts";
import { reduceMean } from "../ops/compose.ts";
import type { Context, Frame } from "./context.ts";
import { toTensor } from "./convert.ts";
import { variesIn } from "./open-scan.ts";
import type { OpenScan } from "./open-scan.ts";
import { axesOf, sameLengths, sliceOf } from "./scan-axes.ts";
import type { Sliced } from "./scan-axes.ts";
import { buildScan } from "./scan-body.ts";
import { evaluateMask, selectSteps } from "./scan-mask.ts";
import type { StepMask } from "./scan-mask.ts";
import { unknown } from "./value.ts";
import type { Item, TensorItem } from "./value.ts";

/** `run` elaborates the stages on what one step sees. */
export const evaluateScan = (
  ctx: Context,
  frame: Frame,
  stage: ScanStage,
  item: Item,
  place: Span,
  run: (head: Item) => Item,
): Item => {
  const { state } = ctx;
  const piped = item.kind === "tuple" ? item.items : [item];
  const axes = axesOf(ctx, frame, stage, piped, place);
  const from = stage.from === null ? null : initialValues(ctx, frame, stage);
  const sliced = axes?.find((one) => one !== null);
  if (axes === null || sliced == null) return unknown;
  if (stage.from !== null && from === null) return unknown;
  const masked = evaluateMask(ctx, frame, stage);
  if (masked === "refused") return unknown;
  const walked = [...axes, masked?.axis].filter((one) => one != null);
  if (!sameLengths(ctx, stage, walked)) return unknown;
  const scan: OpenScan = {
    number: state.scanCount.made++,
    length: sliced.length,
    carries: [],
    slices: [],
    from,
    states: 0,
    buffers: new Map(),
  };
  const head = piped.map((one, i) => {
    const axis = axes[i];
    return axis == null || one.kind !== "tensor" ? one : sliceOf(ctx, scan, one, axis);
  });
  const mask = masked && { ...masked, value: sliceOf(ctx, scan, masked.item, masked.axis).value };
  const before = { updates: state.updates.length, penalties: state.penalties.length };
  state.scans.push(scan);
  const inner = item.kind === "tuple" ? { ...item, items: head } : head[0]!;
  const result = run(inner);
  state.scans.pop();
  if (from !== null && from.length !== scan.states) {
    const given = `${from.length} value${from.length === 1 ? "" : "s"}`;
    const states = `${scan.states} state${scan.states === 1 ? "" : "s"}`;
    ctx.report(diagnostic("DLM0510", stage.from!.span, { given, states }));
    return unknown;
  }
  ctx.builder.at(stage.span);
  return finish(ctx, stage, scan, result, sliced, mask, before);
};

/** What `from e` or `from (a, b)` gives, one by one. */
const initialValues = (ctx: Context, frame: Frame, { from }: ScanStage): OpenScan["from"] => {
  const item = ctx.evaluate(from!, frame);
  if (item.kind === "unknown") return null;
  const items = item.kind === "tuple" || item.kind === "list" ? item.items : [item];
  return items.map((one) => ({ item: one, span: from!.span }));
};

/** Builds the op, gives the results their axis back, and hands on what the stages recorded. */
const finish = (
  ctx: Context,
  stage: ScanStage,
  scan: OpenScan,
  result: Item,
  sliced: Sliced,
  mask: StepMask | null,
  before: { readonly updates: number; readonly penalties: number },
): Item => {
  const { state, builder } = ctx;
  if (result.kind === "unknown") return unknown;
  const items = result.kind === "tuple" ? result.items : [result];
  const tensors = items.map((one) => toTensor(ctx, one, stage.stages.at(-1)?.span ?? stage.span));
  const next = nextCarries(ctx, scan, mask);
  const given = tensors.map((one) => one && selectSteps(ctx, mask, one.value, null));
  if (given.some((value) => value === null) || next.some((value) => value === null)) return unknown;
  const penalties = state.penalties.splice(before.penalties);
  const updates = state.updates.splice(before.updates);
  const varying = penalties.filter(({ value }) => variesIn(scan, value));
  const results = [...given.map((value) => value!), ...varying.map(({ value }) => value)];
  const { last, stacks } = buildScan(
    builder,
    scan,
    stage.reverse,
    next.map((value) => value!),
    results,
  );
  const shaped = tensors.map((one, i) => withAxis(ctx, one!, stacks[i]!, sliced, stage.span));
  const outside = shaped.map(({ value }) => value);
  for (const penalty of penalties) {
    const at = varying.indexOf(penalty);
    const stack = stacks[tensors.length + at];
    const value = at < 0 || stack === undefined ? penalty.value : reduceMean(builder, stack, [0]);
    state.penalties.push({ ...penalty, value, results: outside });
  }
  const insides = new Map([...scan.buffers].map(([path, { inside }]) => [path, inside]));
  scan.carries.forEach(({ inside }, i) => {
    for (const [path, mine] of insides) if (mine === inside) state.buffers.set(path, last[i]!);
  });
  for (const path of new Set(updates.map((update) => update.path))) {
    const update = updates.findLast((one) => one.path === path)!;
    state.updates.push({ ...update, value: state.buffers.get(path)!, results: outside });
  }
  return result.kind === "tuple" ? { ...result, items: shaped } : shaped[0]!;
};

/** A buffer counts every step, whatever the mask. */
const nextCarries = (
  ctx: Context,
  scan: OpenScan,
  mask: StepMask | null,
): readonly (Value | null)[] => {
  const buffers = new Set([...scan.buffers.values()].map(({ inside }) => inside));
  return scan.carries.map(({ inside, next }) => {
    const value = next();
    return value === null || buffers.has(inside) ? value : selectSteps(ctx, mask, value, inside);
  });
};

/** A stack [length, …] with its axis where the piped value had it, or last. */
const withAxis = (
  { builder }: Context,
  item: TensorItem,
  stack: Value,
  { axis, label }: Sliced,
  span: Span,
): TensorItem => {
  const rank = item.labels.length;
  const at = Math.min(axis, rank);
  const perm = item.labels.map((_, k) => k + 1);
  perm.splice(at, 0, 0);
  const labels = [...item.labels];
  labels.splice(at, 0, label);
  const value = builder.op("transpose", [stack], { perm });
  return { kind: "tensor", value, labels, origin: item.origin ?? span };
};
