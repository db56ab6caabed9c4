// A call as it is written into what it gives: builds a block, applies a layer, expands a function.

import type { Arg, CallExpr, NameExpr } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { applyLayer } from "./apply.ts";
import { completeArguments, matchArguments } from "./arguments.ts";
import { buildLayer } from "./build-layer.ts";
import { expandFunction } from "./call-function.ts";
import type { CallArg, Context, Frame } from "./context.ts";
import { describeItem } from "./describe.ts";
import { spend } from "./fuel.ts";
import { callIntrinsic } from "./intrinsics.ts";
import { letterCall } from "./letter-call.ts";
import { lookUpName, reportUnknown } from "./name.ts";
import { unknown } from "./value.ts";
import type { Item, OptimizerItem } from "./value.ts";

/** `piped` values come first: as data of a layer, as the first arguments of a function. */
export const evaluateCall = (
  ctx: Context,
  frame: Frame,
  expr: CallExpr,
  piped: readonly CallArg[],
): Item => {
  const { callee } = expr;
  if (callee.kind === "index" && piped.length === 0 && isFunction(ctx, frame, callee.base))
    return letterCall(ctx, frame, expr);
  const item = evaluateCallee(ctx, frame, callee);
  const args = expr.args.map((arg) => evaluateArg(ctx, frame, arg));
  if (item.kind === "unknown" || [...piped, ...args].some((arg) => arg.item.kind === "unknown"))
    return unknown;
  ctx.builder.at(expr.span);
  if (item.kind === "block" && piped.length > 0) {
    const layer = callItem(ctx, frame, item, args, expr.span, callee.span);
    return layer.kind === "layer"
      ? callItem(ctx, frame, layer, piped, expr.span, callee.span)
      : unknown;
  }
  return callItem(ctx, frame, item, [...piped, ...args], expr.span, callee.span);
};

/** A callee that is a plain name is looked for among what can be called. */
export const evaluateCallee = (ctx: Context, frame: Frame, callee: CallExpr["callee"]): Item => {
  if (callee.kind !== "name") return ctx.evaluate(callee, frame);
  return lookUpName(ctx, frame, callee.name) ?? reportUnknown(ctx, frame, callee, "DLM0201");
};

const isFunction = (ctx: Context, frame: Frame, base: CallExpr["callee"]): base is NameExpr => {
  if (base.kind !== "name") return false;
  const item = lookUpName(ctx, frame, base.name);
  return item === null || item.kind === "fn" || item.kind === "intrinsic";
};

const evaluateArg = (ctx: Context, frame: Frame, arg: Arg): CallArg => ({
  name: arg.name?.text ?? null,
  item: ctx.evaluate(arg.value, frame),
  span: arg.value.span,
  ...(arg.name === null ? {} : { nameSpan: arg.name.span }),
});

/** Calls an item with evaluated arguments. `place` is the callee as written. */
export const callItem = (
  ctx: Context,
  frame: Frame,
  callee: Item,
  args: readonly CallArg[],
  span: Span,
  place: Span,
): Item => {
  if (!spend(ctx, span)) return unknown;
  switch (callee.kind) {
    case "fn":
      return expandFunction(ctx, frame, callee, args, span);
    case "intrinsic":
      return callIntrinsic(ctx, frame, callee.name, args, span);
    case "block":
      return buildLayer(ctx, frame, callee, args, span);
    case "layer":
      return applyLayer(ctx, frame, callee.layer, args, span);
    case "optimizer":
      return configure(ctx, frame, callee, args, span);
    case "unknown":
      return unknown;
    default:
      ctx.report(diagnostic("DLM0311", place, { what: describeItem(callee) }));
      return unknown;
  }
};

const configure = (
  ctx: Context,
  frame: Frame,
  { decl, scope }: OptimizerItem,
  args: readonly CallArg[],
  span: Span,
): Item => {
  const inner: Frame = { ...frame, scope, letters: new Map() };
  const signature = { name: decl.name.text, params: decl.config, frame: inner };
  const taken = matchArguments(ctx, signature, args, span);
  if (taken === null) return unknown;
  const config = completeArguments(ctx, signature, taken, span);
  if (config.some(({ item }) => item.kind === "unknown")) return unknown;
  return {
    kind: "configured-optimizer",
    decl,
    scope,
    config: new Map(config.map(({ param, item }) => [param.name.text, item])),
  };
};
