// Functions that move or repeat elements without computing: permute, concat, split, pad_edges, expand.

import { diagnostic } from "../../../grammar/report.ts";
import { proveAtLeast } from "../../ir/dim-proof.ts";
import { printDim } from "../../ir/dim-text.ts";
import * as dim from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { broadcastItem } from "../broadcast.ts";
import type { CallArg } from "../context.ts";
import {
  castValue,
  dtypeOf,
  promote,
  quotientItem,
  sizeItem,
  toInteger,
  toNumber,
  toSize,
  toSizes,
  toTensor,
} from "../convert.ts";
import { describeShape } from "../describe.ts";
import { reportMismatch } from "../mismatch.ts";
import { unknown } from "../value.ts";
import type { Item, Label, SizeItem, TensorItem } from "../value.ts";
import { argumentItem, argumentSpan, axisArgument, tensorArgument } from "./arguments.ts";
import { optional, required } from "./define.ts";
import type { Intrinsic, IntrinsicCall } from "./define.ts";
import { reshape } from "./reshape.ts";
import { resolveAxis } from "../axes.ts";

const permute = (call: IntrinsicCall): Item => {
  const { ctx } = call;
  const x = tensorArgument(call, "x");
  const order = argumentItem(call, "order");
  if (x === null || order.kind === "unknown") return unknown;
  const span = argumentSpan(call, "order");
  const items = order.kind === "list" ? order.items : [order];
  const value = ctx.text(argumentSpan(call, "x"));
  const perm: number[] = [];
  for (const item of items) {
    const axis = resolveAxis(ctx, x, item, { callee: call.name, argument: "order", value, span });
    if (axis === null) return unknown;
    perm.push(axis);
  }
  const rank = x.labels.length;
  if (perm.length !== rank || new Set(perm).size !== rank) {
    const shape = describeShape(x.value.type.shape);
    const problem = "does not name every axis once";
    const holes = { argument: `order = ${ctx.text(span)}`, problem, value, shape };
    ctx.report(diagnostic("DLM0407", span, holes));
    return unknown;
  }
  const labels = perm.map((axis) => x.labels[axis]!);
  const axisOrigins = perm.map((axis) => x.axisOrigins?.[axis] ?? null);
  return { ...x, value: ctx.builder.op("transpose", [x.value], { perm }), labels, axisOrigins };
};

const concat = (call: IntrinsicCall): Item => {
  const { ctx, rest, span } = call;
  const parts: { readonly item: TensorItem; readonly text: string }[] = [];
  const given = rest.flatMap((arg): readonly CallArg[] =>
    arg.item.kind === "tuple" ? arg.item.items.map((item) => ({ ...arg, item })) : [arg],
  );
  for (const arg of given) {
    const item = toTensor(ctx, arg.item, arg.span);
    if (item === null) return unknown;
    parts.push({ item, text: ctx.text(arg.span) });
  }
  const [first, ...others] = parts;
  const axis = first === undefined ? null : axisArgument(call, "axis", first.item);
  if (first === undefined || axis === null) return unknown;
  const { shape } = first.item.value.type;
  for (const other of others) {
    const against = other.item.value.type.shape;
    if (against.length !== shape.length) {
      const holes = { left: describeShape(shape), right: describeShape(against) };
      ctx.report(diagnostic("DLM0420", span, holes));
      return unknown;
    }
    const wrong = shape.findIndex((d, i) => i !== axis && !dim.equalDims(d, against[i]!));
    if (wrong >= 0) {
      reportMismatch(ctx, { ...first, axis: wrong }, { ...other, axis: wrong }, span);
      return unknown;
    }
  }
  const dtype = parts.map(({ item }) => dtypeOf(item)!).reduce(promote);
  const values = parts.map(({ item }) => castValue(ctx, item.value, dtype));
  const joined = parts.map(({ item }) => item.labels[axis]!);
  const named = joined.filter((each) => each !== null);
  const label = named.length < joined.length ? null : named.join(" + ");
  const labels = first.item.labels.map((_, i): Label => {
    const here = parts.map(({ item }) => item.labels[i]).find((each) => each != null);
    return i === axis ? label : (here ?? null);
  });
  const value = ctx.builder.op("concat", values, { axis });
  return { kind: "tensor", value, labels, origin: first.item.origin };
};

const split = (call: IntrinsicCall): Item => {
  const { ctx } = call;
  const x = tensorArgument(call, "x");
  const axis = x === null ? null : axisArgument(call, "axis", x);
  if (x === null || axis === null) return unknown;
  const extent = x.value.type.shape[axis]!;
  const sizes = splitSizes(call, extent, x.labels[axis] ?? null);
  if (sizes === null) return unknown;
  let start: Dim = 0;
  const items = sizes.map(({ dim: count, label }): TensorItem => {
    const attrs = {
      start: x.labels.map((_, i) => (i === axis ? start : 0)),
      count: x.value.type.shape.with(axis, count),
      step: x.labels.map(() => 1),
    };
    start = dim.add(start, count);
    const value = sizes.length === 1 ? x.value : ctx.builder.op("slice", [x.value], attrs);
    const labels = x.labels.with(axis, label ?? null);
    return { kind: "tensor", value, labels, origin: x.origin };
  });
  return { kind: "tuple", items, names: null };
};

/** More parts than this are a mistake, and would take minutes to make. */
const mostParts = 10_000;

/** Sizes of the parts: equal ones for a number, the ones a list says, which must add up. */
const splitSizes = (call: IntrinsicCall, extent: Dim, whole: Label): readonly SizeItem[] | null => {
  const { ctx } = call;
  const [item, span] = [argumentItem(call, "parts"), argumentSpan(call, "parts")];
  if (item.kind !== "list") {
    const parts = toInteger(ctx, item, span);
    if (parts === null) return null;
    if (parts < 1 || parts > mostParts) {
      const expected = parts < 1 ? "at least 1" : `at most ${mostParts}`;
      const holes = { name: "parts", value: parts, expected };
      ctx.report(diagnostic("DLM0316", span, holes));
      return null;
    }
    const label = whole === null ? null : `${whole} / ${parts}`;
    const count = toSize(ctx, { ...quotientItem(extent, parts), label }, span);
    const part = count === null ? null : partLabel(whole, parts);
    return count === null
      ? null
      : Array.from({ length: parts }, () => ({ ...sizeItem(count), label: part }));
  }
  const sizes = toSizes(ctx, item, span);
  if (sizes === null) return null;
  const sum = sizes.map(({ dim: size }) => size).reduce(dim.add, 0);
  if (dim.equalDims(sum, extent)) return sizes;
  const label = `the parts add up to ${printDim(sum)}, the axis has ${printDim(extent)}`;
  const holes = { left: printDim(extent), right: printDim(sum) };
  ctx.report(diagnostic("DLM0401", span, holes, { label }));
  return null;
};

/** A quarter of `4 * units` is `units`. */
const partLabel = (whole: Label, parts: number): Label => {
  if (whole === null) return null;
  const product = /^(\d+) \* (\w+)$/.exec(whole);
  return product !== null && Number(product[1]) === parts ? product[2]! : `${whole} / ${parts}`;
};

/** Elements added in front and behind; negative ones are cropped. */
type Edge = { readonly lo: Dim; readonly hi: Dim };

const padEdges = (call: IntrinsicCall): Item => {
  const { ctx } = call;
  const x = tensorArgument(call, "x");
  if (x === null) return unknown;
  const edges = edgesOf(call, x);
  const given = call.args.get("value");
  const fill = given === undefined ? 0 : toNumber(ctx, given.item, given.span);
  if (edges === null || fill === null) return unknown;
  const own = x.value.type.dtype;
  const dtype = given === undefined ? own : promote(own, dtypeOf(given.item) ?? own);
  const crop = (amount: Dim): Dim => (negative(call, amount) ? dim.neg(amount) : 0);
  const grow = (amount: Dim): Dim => (negative(call, amount) ? 0 : amount);
  const { shape } = x.value.type;
  const start = edges.map(({ lo }) => crop(lo));
  const count = shape.map((d, i) => dim.sub(dim.sub(d, start[i]!), crop(edges[i]!.hi)));
  const empty = count.findIndex((d) => proveAtLeast(d, 0, ctx.bounds) === "no");
  if (empty >= 0) {
    const holes = {
      what: "padded axis",
      size: printDim(shape[empty]!),
      value: printDim(count[empty]!),
    };
    ctx.report(diagnostic("DLM0408", call.span, holes));
    return unknown;
  }
  const value = castValue(ctx, x.value, dtype);
  const same = count.every((d, i) => dim.equalDims(d, shape[i]!));
  const cropped = same
    ? value
    : ctx.builder.op("slice", [value], { start, count, step: shape.map(() => 1) });
  const [lo, hi] = [edges.map((e) => grow(e.lo)), edges.map((e) => grow(e.hi))];
  const nothing = [...lo, ...hi].every((amount) => amount === 0);
  const attrs = { lo, hi, interior: shape.map(() => 0), value: fill };
  const padded = nothing ? cropped : ctx.builder.op("pad", [cropped], attrs);
  const labels = x.labels.map((label, i) =>
    edges[i]!.lo === 0 && edges[i]!.hi === 0 ? label : null,
  );
  return { kind: "tensor", value: padded, labels, origin: x.origin };
};

/** Whether an amount crops; one that could do either for some sizes must not, which is checked when they are bound. */
const negative = ({ ctx, span }: IntrinsicCall, amount: Dim): boolean => {
  const proof = proveAtLeast(amount, 0, ctx.bounds);
  if (proof === "unknown") {
    const message = `padding of ${printDim(amount)} elements`;
    const condition = { kind: "at-least", dim: amount, least: 0 } as const;
    ctx.check({ code: "DLM0408", message, condition, span });
  }
  return proof === "no";
};

const edgesOf = (call: IntrinsicCall, x: TensorItem): readonly Edge[] | null => {
  const { ctx } = call;
  const [item, span] = [argumentItem(call, "edges"), argumentSpan(call, "edges")];
  if (item.kind === "unknown") return null;
  const items = item.kind === "list" ? item.items : [item];
  if (items.length !== x.labels.length) {
    const holes = { left: describeShape(x.value.type.shape), right: ctx.text(span) };
    const label = `${items.length} amounts for ${x.labels.length} axes`;
    ctx.report(diagnostic("DLM0420", span, holes, { label }));
    return null;
  }
  const edges: Edge[] = [];
  for (const each of items) {
    const sides = toSizes(ctx, each, span);
    if (sides === null) return null;
    const [first, second] = sides.map((size) => size.dim);
    if (first === undefined) return null;
    if (each.kind === "list") edges.push({ lo: first, hi: second ?? first });
    else {
      const lo = dim.floorDiv(first, 2);
      edges.push({ lo, hi: dim.sub(first, lo) });
    }
  }
  return edges;
};

const expand = (call: IntrinsicCall): Item => {
  const { ctx } = call;
  const [item, span] = [argumentItem(call, "shape"), argumentSpan(call, "shape")];
  const x = tensorArgument(call, "x");
  const sizes = toSizes(ctx, item, span);
  if (x === null || sizes === null) return unknown;
  const own = x.value.type.shape;
  // -1 leaves an axis as it is.
  const shape = sizes.map(({ dim: size }, i) =>
    size === -1 ? (own[i - sizes.length + own.length] ?? 1) : size,
  );
  const labels = sizes.map(
    ({ label }, i): Label => label ?? x.labels[i - sizes.length + own.length] ?? null,
  );
  return broadcastItem(ctx, x, shape, labels, call.span) ?? unknown;
};

export const shapeIntrinsics: Readonly<Record<string, Intrinsic>> = {
  reshape: { params: [required("x"), required("shape")], run: reshape },
  permute: { params: [required("x"), required("order")], run: permute },
  concat: { params: [required("x"), optional("axis", "-1")], variadic: true, run: concat },
  split: { params: [required("x"), required("parts"), optional("axis", "-1")], run: split },
  pad_edges: { params: [required("x"), required("edges"), optional("value", "0")], run: padEdges },
  expand: { params: [required("x"), required("shape")], run: expand },
};
