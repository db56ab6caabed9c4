// `x -> scan T { stages }` into one `scan` op: the stages are elaborated once, for one position of the axis.

import type { ScanStage } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import { reduceMean } from "../ops/compose.ts";
import { axesNamed, labelledShape, resolveAxis } from "./axes.ts";
import type { Context, Frame } from "./context.ts";
import { toTensor } from "./convert.ts";
import { sliceStack, variesIn } from "./open-scan.ts";
import type { OpenScan } from "./open-scan.ts";
import { buildScan } from "./scan-body.ts";
import { unknown } from "./value.ts";
import type { Item, Label, TensorItem } from "./value.ts";

/** Where the scanned axis stands in a piped value. */
type Sliced = { readonly axis: number; readonly length: Dim; readonly label: Label };

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
  return finish(ctx, stage, scan, result, sliced, before);
};

/** For every piped value where the axis is, null where it has none; null in all after a report. */
const axesOf = (
  ctx: Context,
  frame: Frame,
  { axis: { text, span } }: ScanStage,
  piped: readonly Item[],
  place: Span,
): readonly (Sliced | null)[] | null => {
  if (piped.some((one) => one.kind === "unknown")) return null;
  const named = ctx.evaluate({ kind: "name", name: text, span }, frame);
  if (named.kind === "unknown") return null;
  const found: (Sliced | null)[] = [];
  for (const one of piped) {
    const some = one.kind === "tensor" && named.kind === "size" && axesNamed(one, named).length > 0;
    if (!some) {
      found.push(null);
      continue;
    }
    const site = { callee: "scan", argument: "axis", value: ctx.text(place), span };
    const axis = resolveAxis(ctx, one, named, site);
    if (axis === null) return null;
    found.push({ axis, length: one.value.type.shape[axis]!, label: one.labels[axis] ?? null });
  }
  if (found.some((one) => one !== null)) return found;
  const shapes = piped.map((one) => (one.kind === "tensor" ? labelledShape(one) : "no tensor"));
  const label = `this is \`${shapes.join(", ")}\``;
  const labels = [{ span: place, text: label }];
  ctx.report(diagnostic("DLM0512", span, { value: ctx.text(place), axis: text }, { labels }));
  return null;
};

/** What `from e` or `from (a, b)` gives, one by one. */
const initialValues = (ctx: Context, frame: Frame, { from }: ScanStage): OpenScan["from"] => {
  const item = ctx.evaluate(from!, frame);
  if (item.kind === "unknown") return null;
  const items = item.kind === "tuple" || item.kind === "list" ? item.items : [item];
  return items.map((one) => ({ item: one, span: from!.span }));
};

/** One position of a piped value, without the axis. */
const sliceOf = (ctx: Context, scan: OpenScan, item: TensorItem, { axis }: Sliced): TensorItem => {
  const { value, labels, axisOrigins } = item;
  const rest = labels.map((_, k) => k).filter((k) => k !== axis);
  const stack = ctx.builder.op("transpose", [value], { perm: [axis, ...rest] });
  const without = <T>(list: readonly T[]): readonly T[] => list.filter((_, k) => k !== axis);
  return {
    ...item,
    value: sliceStack(ctx, scan, stack, value.hint ?? "x"),
    labels: without(labels),
    ...(axisOrigins === undefined ? {} : { axisOrigins: without(axisOrigins) }),
  };
};

/** Builds the op, gives the results their axis back, and hands on what the stages recorded. */
const finish = (
  ctx: Context,
  stage: ScanStage,
  scan: OpenScan,
  result: Item,
  sliced: Sliced,
  before: { readonly updates: number; readonly penalties: number },
): Item => {
  const { state, builder } = ctx;
  if (result.kind === "unknown") return unknown;
  const items = result.kind === "tuple" ? result.items : [result];
  const tensors = items.map((one) => toTensor(ctx, one, stage.stages.at(-1)?.span ?? stage.span));
  const next = scan.carries.map((carry) => carry.next());
  if (tensors.some((one) => one === null) || next.some((value) => value === null)) return unknown;
  const penalties = state.penalties.splice(before.penalties);
  const updates = state.updates.splice(before.updates);
  const varying = penalties.filter(({ value }) => variesIn(scan, value));
  const results = [...tensors.map((one) => one!.value), ...varying.map(({ value }) => value)];
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
