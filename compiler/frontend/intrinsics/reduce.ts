// Functions that combine elements over axes, and `max` and `min` of several numbers.

import { minDim, maxDim } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Value } from "../../ir/graph.ts";
import { reduceMax, reduceMin, reduceSum, reshapeTo } from "../../ops/compose.ts";
import { diagnostic } from "../../../grammar/report.ts";
import type { Context } from "../context.ts";
import {
  castValue,
  dtypeOf,
  floatItem,
  isStaticNumber,
  knownNumber,
  promote,
  sizeItem,
} from "../convert.ts";
import type { StaticNumber } from "../convert.ts";
import { describeItem } from "../describe.ts";
import { hostCall, hostExpr } from "../host-scalar.ts";
import { align, commonTyping } from "../pointwise.ts";
import { staticArithmetic } from "../static-number.ts";
import { unknown } from "../value.ts";
import type { Item, ListItem, TensorItem } from "../value.ts";
import {
  argumentItem,
  axesArgument,
  boolArgument,
  chosenAxes,
  tensorArgument,
} from "./arguments.ts";
import { optional, required } from "./define.ts";
import type { Intrinsic, IntrinsicCall } from "./define.ts";

type Reduction = {
  /** Of `x` over `axes`, which go. */
  readonly build: (ctx: Context, x: Value, axes: readonly number[]) => Value;
  /** The result is one of the elements, or where it stands. */
  readonly chooses?: boolean;
};

const asNumbers = (ctx: Context, x: Value): Value =>
  castValue(ctx, x, promote(x.type.dtype, "i32"));

/** `x` without the axes, or with them as literal 1. */
const finish = (
  ctx: Context,
  x: TensorItem,
  axes: readonly number[],
  keepdim: boolean,
  value: Value,
): TensorItem => {
  const gone = (axis: number): boolean => axes.includes(axis);
  if (!keepdim) {
    const labels = x.labels.filter((_, axis) => !gone(axis));
    return { kind: "tensor", value, labels, origin: x.origin };
  }
  const shape = x.value.type.shape.map((dim, axis): Dim => (gone(axis) ? 1 : dim));
  const labels = x.labels.map((label, axis) => (gone(axis) ? null : label));
  return { kind: "tensor", value: reshapeTo(ctx.builder, value, shape), labels, origin: x.origin };
};

const reducer = (reduction: Reduction, missing: "all" | "last", onlyBool = false): Intrinsic => ({
  params: [
    required("x"),
    optional("over", missing === "all" ? "axes(x)" : "-1"),
    optional("keepdim", "false"),
  ],
  run: (call) => reduce(call, reduction, missing, onlyBool),
});

const reduce = (
  call: IntrinsicCall,
  { build, chooses = false }: Reduction,
  missing: "all" | "last",
  onlyBool: boolean,
): Item => {
  const { ctx, name, span } = call;
  const x = tensorArgument(call, "x");
  if (x === null) return unknown;
  if (onlyBool && x.value.type.dtype !== "bool") {
    ctx.report(diagnostic("DLM0305", span, { op: name, actual: describeItem(x) }));
    return unknown;
  }
  const axes = (chooses ? chosenAxes : axesArgument)(call, "over", x, missing);
  const keepdim = boolArgument(call, "keepdim", false);
  if (axes === null || keepdim === null) return unknown;
  return finish(ctx, x, axes, keepdim, build(ctx, x.value, axes));
};

/** `sum` or `prod` of a list of known numbers. */
const foldList = ({ items }: ListItem, op: "+" | "*"): Item | null => {
  let total: StaticNumber | null = sizeItem(op === "+" ? 0 : 1);
  for (const item of items)
    total = total === null || !isStaticNumber(item) ? null : staticArithmetic(op, total, item);
  return total;
};

const overLists = (op: "+" | "*", intrinsic: Intrinsic): Intrinsic => ({
  ...intrinsic,
  run: (call) => {
    const item = argumentItem(call, "x");
    return (item.kind === "list" ? foldList(item, op) : null) ?? intrinsic.run(call);
  },
});

/** Of two numbers known when compiling; null where one is not. */
const extremeOfKnown = (fn: "max" | "min", a: Item, b: Item): Item | null => {
  if (a.kind === "size" && b.kind === "size")
    return sizeItem((fn === "max" ? maxDim : minDim)(a.dim, b.dim));
  const [x, y] = [knownNumber(a), knownNumber(b)];
  if (x === null || y === null) return null;
  const chosen = Math[fn](x, y);
  const exact = [a, b].find((item) => knownNumber(item) === chosen && item.kind === "ratio");
  return exact ?? floatItem(chosen);
};

const extremeOf = (call: IntrinsicCall, fn: "max" | "min", a: Item, b: Item): Item => {
  const known = extremeOfKnown(fn, a, b);
  if (known !== null) return known;
  const [p, q] = [hostExpr(a), hostExpr(b)];
  const [s, t] = [dtypeOf(a), dtypeOf(b)];
  if (p !== null && q !== null && s !== null && t !== null)
    return hostCall(fn, promote(s, t), [p, q]);
  const { ctx, name, span, rest } = call;
  const text = (item: Item): string => {
    const arg = rest.find((each) => each.item === item);
    return arg === undefined ? name : ctx.text(arg.span);
  };
  const operands = [a, b].map((item) => ({ item, text: text(item) }));
  const aligned = align(ctx, name, operands, commonTyping, span);
  return aligned === null ? unknown : aligned.wrap(ctx.builder.op(fn, aligned.values));
};

/** One value reduces, several are compared element by element. */
const extreme = (fn: "max" | "min", reduction: Reduction): Intrinsic => ({
  params: [required("x"), optional("over", "axes(x)"), optional("keepdim", "false")],
  variadic: true,
  pointwise: true,
  run: (call) => {
    const [first, ...others] = call.rest;
    const item = first?.item ?? argumentItem(call, "x");
    if (others.length > 0)
      return others.reduce<Item>(
        (best, next) => (best.kind === "unknown" ? best : extremeOf(call, fn, best, next.item)),
        item,
      );
    const [least, ...more] = item.kind === "list" ? item.items : [];
    if (least !== undefined && [least, ...more].every(isStaticNumber))
      return more.reduce<Item>((a, b) => extremeOf(call, fn, a, b), least);
    if (isStaticNumber(item) || item.kind === "host") return item;
    return reduce(call, { ...reduction, chooses: true }, "all", false);
  },
});

const product: Reduction = {
  build: (ctx, x, axes) => ctx.builder.op("reduceProd", [asNumbers(ctx, x)], { axes }),
};
const total: Reduction = {
  build: (ctx, x, axes) => reduceSum(ctx.builder, asNumbers(ctx, x), axes),
};
const greatest: Reduction = { build: (ctx, x, axes) => reduceMax(ctx.builder, x, axes) };
const least: Reduction = { build: (ctx, x, axes) => reduceMin(ctx.builder, x, axes) };

const argmax: Reduction = {
  build: (ctx, x, axes) => ctx.builder.op("argMax", [asNumbers(ctx, x)], { axes }),
  chooses: true,
};
const argmin: Reduction = {
  build: (ctx, x, axes) =>
    ctx.builder.op("argMax", [ctx.builder.op("neg", [asNumbers(ctx, x)])], { axes }),
  chooses: true,
};

export const reduceIntrinsics: Readonly<Record<string, Intrinsic>> = {
  sum: overLists("+", reducer(total, "all")),
  prod: overLists("*", reducer(product, "all")),
  max: extreme("max", greatest),
  min: extreme("min", least),
  any: reducer(greatest, "all", true),
  all: reducer(least, "all", true),
  argmax: reducer(argmax, "last"),
  argmin: reducer(argmin, "last"),
};
