// Arguments of an intrinsic to its parameters, and each argument to what it must be.

import { diagnostic } from "../../../grammar/report.ts";
import { suggest } from "../../../grammar/suggest.ts";
import type { Span } from "../../../grammar/span.ts";
import type { Dim } from "../../ir/dim.ts";
import {
  axisList,
  complementAxes,
  labelledShape,
  reportOverAndKeep,
  resolveAxes,
  resolveAxis,
} from "../axes.ts";
import type { CallArg, Context } from "../context.ts";
import { toBool, toSize, toTensor } from "../convert.ts";
import { unknown } from "../value.ts";
import type { Item, TensorItem } from "../value.ts";
import type { Intrinsic, IntrinsicCall } from "./define.ts";

export type Matched = Pick<IntrinsicCall, "args" | "rest">;

const describe = (name: string, { params, variadic }: Intrinsic): string => {
  const each = params.map((param) =>
    param.default === null ? param.name : `${param.name} = ${param.default}`,
  );
  const all = variadic === true ? ["a, b, …", ...each.slice(1)] : each;
  return `arguments of \`${name}\`: ${all.join(", ")}`;
};

/** Reports and gives null when an argument is unknown, missing, doubled or one too many. */
export const matchIntrinsic = (
  ctx: Context,
  name: string,
  intrinsic: Intrinsic,
  args: readonly CallArg[],
  span: Span,
): Matched | null => {
  const { params } = intrinsic;
  const notes = [describe(name, intrinsic)];
  const taken = new Map<string, CallArg>();
  const positional = args.filter((arg) => arg.name === null);
  const late = args.findIndex((arg, i) => arg.name === null && args[i - 1]?.name != null);
  if (late >= 0) {
    ctx.report(diagnostic("DLM0217", args[late]!.span, {}));
    return null;
  }
  if (intrinsic.variadic !== true) {
    if (positional.length > params.length) {
      const takes = `${params.length} argument${params.length === 1 ? "" : "s"}`;
      const given = positional.length === 1 ? "1 was" : `${positional.length} were`;
      ctx.report(diagnostic("DLM0212", span, { callee: name, takes, given }, { notes }));
      return null;
    }
    positional.forEach((arg, i) => taken.set(params[i]!.name, arg));
  } else if (positional[0] !== undefined) taken.set(params[0]!.name, positional[0]);
  for (const arg of args) {
    if (arg.name === null) continue;
    if (!params.some((param) => param.name === arg.name)) {
      reportUnknown(ctx, name, intrinsic, arg, notes);
      return null;
    }
    if (taken.has(arg.name)) {
      ctx.report(diagnostic("DLM0213", arg.nameSpan ?? arg.span, { name: arg.name }));
      return null;
    }
    taken.set(arg.name, arg);
  }
  const missing = params.find((param) => param.default === null && !taken.has(param.name));
  if (missing !== undefined) {
    ctx.report(diagnostic("DLM0211", span, { callee: name, name: missing.name }, { notes }));
    return null;
  }
  return { args: taken, rest: positional };
};

const reportUnknown = (
  ctx: Context,
  callee: string,
  { params }: Intrinsic,
  arg: CallArg,
  notes: readonly string[],
): void => {
  const name = arg.name ?? "";
  const names = params.map((param) => param.name);
  const near = suggest(name, names);
  const span = arg.nameSpan ?? arg.span;
  const label = near === null ? "" : `did you mean \`${near}\`?`;
  const fix = near === null ? {} : { fix: { span, text: near, safe: true } };
  ctx.report(diagnostic("DLM0202", span, { callee, name }, { label, notes, ...fix }));
};

/**
 * `keep = k` becomes the `over` of the other axes, for everything that has an `over` parameter. The first positional
 * argument is the tensor. Null after a report.
 */
export const rewriteKeep = (ctx: Context, args: readonly CallArg[]): readonly CallArg[] | null => {
  const keep = args.find((arg) => arg.name === "keep");
  if (keep === undefined) return args;
  const first = args[0];
  if (first === undefined || first.name !== null) return args;
  const value = ctx.text(first.span);
  if (args.some((arg) => arg.name === "over")) {
    reportOverAndKeep(ctx, first.item, keep.item, value, keep.span);
    return null;
  }
  const item = complementAxes(ctx, first.item, keep.item, keep.span, value);
  return item === null
    ? null
    : args.map((arg) => (arg === keep ? { ...arg, name: "over", item } : arg));
};

const given = ({ args }: IntrinsicCall, name: string): CallArg | null => args.get(name) ?? null;

export const argumentItem = (call: IntrinsicCall, name: string): Item =>
  given(call, name)?.item ?? unknown;

export const argumentSpan = (call: IntrinsicCall, name: string): Span =>
  given(call, name)?.span ?? call.span;

/** A tensor argument; statics become scalars. Null after a report. */
export const tensorArgument = (call: IntrinsicCall, name: string): TensorItem | null =>
  toTensor(call.ctx, argumentItem(call, name), argumentSpan(call, name));

export const boolArgument = (
  call: IntrinsicCall,
  name: string,
  missing: boolean,
): boolean | null => {
  const arg = given(call, name);
  return arg === null ? missing : toBool(call.ctx, arg.item, arg.span);
};

export const sizeArgument = (call: IntrinsicCall, name: string): Dim | null =>
  toSize(call.ctx, argumentItem(call, name), argumentSpan(call, name));

const siteOf = (call: IntrinsicCall, name: string) => {
  const first = call.rest[0] ?? call.args.get("x");
  const value = first === undefined ? "this" : call.ctx.text(first.span);
  return { callee: call.name, argument: name, value, span: argumentSpan(call, name) };
};

/** Axes of an argument such as `over`; all of them, or the last, when it is not given. Null after a report. */
export const axesArgument = (
  call: IntrinsicCall,
  name: string,
  x: TensorItem,
  missing: "all" | "last",
): readonly number[] | null => {
  const arg = given(call, name);
  const rank = x.value.type.shape.length;
  const item = arg?.item ?? axisList(missing === "last" ? [-1] : []);
  if (arg === null && missing === "all") return Array.from({ length: rank }, (_, axis) => axis);
  return resolveAxes(call.ctx, x, item, siteOf(call, name));
};

/** `axesArgument` of a function that chooses an element: there must be one. Null after a report. */
export const chosenAxes = (
  call: IntrinsicCall,
  name: string,
  x: TensorItem,
  missing: "all" | "last",
): readonly number[] | null => {
  const axes = axesArgument(call, name, x, missing);
  const empty = axes?.find((axis) => x.value.type.shape[axis] === 0);
  if (empty === undefined) return axes;
  const { value, span } = siteOf(call, name);
  const problem = "is an axis without elements to choose from";
  const holes = { argument: `${name} = ${empty}`, problem, value, shape: labelledShape(x) };
  call.ctx.report(diagnostic("DLM0407", span, holes));
  return null;
};

/** One axis, the last one when it is not given. */
export const axisArgument = (call: IntrinsicCall, name: string, x: TensorItem): number | null => {
  const arg = given(call, name);
  const item = arg?.item ?? ({ kind: "size", dim: -1 } as const);
  const only = item.kind === "list" && item.items.length === 1 ? item.items[0]! : item;
  return resolveAxis(call.ctx, x, only, siteOf(call, name));
};
