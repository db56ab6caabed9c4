// An item to what its place needs: a tensor, a size, a number, a bool, text, a list.

import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { exactDiv, floorDiv, mul } from "../ir/dim.ts";
import { printDim } from "../ir/dim-text.ts";
import type { Dim } from "../ir/dim.ts";
import type { Attr, Value } from "../ir/graph.ts";
import type { DType } from "../ir/type.ts";
import type { Context } from "./context.ts";
import { describeItem, dtypeWord } from "./describe.ts";
import { hostExpr } from "./host-scalar.ts";
import type {
  BoolItem,
  FloatItem,
  HostItem,
  Item,
  ListItem,
  RatioItem,
  SizeItem,
  TensorItem,
} from "./value.ts";

export type StaticNumber = SizeItem | RatioItem | FloatItem | BoolItem;

export const isStaticNumber = (item: Item): item is StaticNumber =>
  item.kind === "size" || item.kind === "ratio" || item.kind === "float" || item.kind === "bool";

export const sizeItem = (dim: Dim): SizeItem => ({ kind: "size", dim });
export const floatItem = (value: number): FloatItem => ({ kind: "float", value });
export const boolItem = (value: boolean): BoolItem => ({ kind: "bool", value });

/** A tensor of which nothing but the value is known: no labels. */
export const tensorItem = (value: Value): TensorItem => ({
  kind: "tensor",
  value,
  labels: value.type.shape.map(() => null),
  origin: null,
});

/** Element type of a number, per letter or not; null for anything else. */
export const dtypeOf = (item: Item): DType | null => {
  switch (item.kind) {
    case "size":
    case "affine":
      return "i32";
    case "ratio":
    case "float":
      return "f32";
    case "bool":
      return "bool";
    case "host":
      return item.dtype;
    case "tensor":
    case "indexed":
      return item.value.type.dtype;
    default:
      return null;
  }
};

const order: readonly DType[] = ["bool", "i32", "f32"];

/** The wider of two element types: bool, int, float. */
export const promote = (a: DType, b: DType): DType =>
  order[Math.max(order.indexOf(a), order.indexOf(b))]!;

/** A number that is known when compiling, as a double; null when it is not, or not a number. */
export const knownNumber = (item: Item): number | null => {
  if (item.kind === "float") return item.value;
  if (item.kind === "size") return typeof item.dim === "number" ? item.dim : null;
  if (item.kind !== "ratio") return null;
  return typeof item.num === "number" && typeof item.den === "number" ? item.num / item.den : null;
};

export const castValue = (ctx: Context, value: Value, dtype: DType): Value =>
  value.type.dtype === dtype ? value : ctx.builder.op("cast", [value], { dtype });

/** A scalar of the graph for a static number or host scalar. */
export const scalarValue = (
  ctx: Context,
  item: StaticNumber | HostItem,
  dtype: DType,
  shape: readonly Dim[] = [],
): Value => {
  const known = item.kind === "bool" ? Number(item.value) : knownNumber(item);
  const { builder } = ctx;
  if (known !== null) return builder.constant(known, { dtype, shape });
  const scalar =
    item.kind === "size"
      ? builder.size(item.dim)
      : ctx.scalar(hostExpr(item)!, item.kind === "host" ? item.dtype : "f32");
  const cast = castValue(ctx, scalar, dtype);
  return shape.length === 0
    ? cast
    : builder.op("broadcast", [cast], { shape, axes: shape.map((_, axis) => axis) });
};

/** Numbers of a nested list with the shape it has, or null where it is ragged or holds anything else. */
const denseList = (
  list: ListItem,
): { readonly shape: readonly number[]; readonly values: Attr; readonly dtype: DType } | null => {
  const parts = list.items.map((item) => {
    if (item.kind === "list") return denseList(item);
    const value = item.kind === "bool" ? Number(item.value) : knownNumber(item);
    return value === null ? null : { shape: [], values: value, dtype: dtypeOf(item)! };
  });
  const [first] = parts;
  if (first === undefined || first === null) return null;
  let dtype = first.dtype;
  const values: Attr[] = [];
  for (const part of parts) {
    if (part === null || part.shape.join() !== first.shape.join()) return null;
    dtype = promote(dtype, part.dtype);
    values.push(part.values);
  }
  return { shape: [parts.length, ...first.shape], values, dtype };
};

const expected = (ctx: Context, item: Item, what: string, span: Span): null => {
  if (item.kind !== "unknown")
    ctx.report(diagnostic("DLM0304", span, { expected: what, actual: describeItem(item) }));
  return null;
};

/** DLM0414: something that works on whole arrays was given one number per index letter. */
export const refuseLetters = (ctx: Context, what: string | null, span: Span): null => {
  const help = "write it before the statement, on whole arrays, and subscript the result";
  const holes =
    what === null
      ? { value: ctx.text(span), problem: "is one value per index letter, not a whole array" }
      : { value: what, problem: "works on whole arrays, not on one value per index letter" };
  ctx.report(diagnostic("DLM0414", span, holes, { helps: [{ text: help }] }));
  return null;
};

/**
 * A tensor of the graph. Static numbers take `dtype` (a float is never an int); tensors are promoted to it,
 * never narrowed. Without `dtype` everything keeps its own.
 */
export const toTensor = (
  ctx: Context,
  item: Item,
  span: Span,
  dtype: DType | null = null,
): TensorItem | null => {
  const own = dtypeOf(item);
  if (item.kind === "indexed" || item.kind === "affine") return refuseLetters(ctx, null, span);
  if (item.kind === "list") {
    const dense = denseList(item);
    if (dense === null) return expected(ctx, item, "a tensor", span);
    const { shape, values, dtype: element } = dense;
    const type = dtype === null ? element : promote(element, dtype);
    const value = ctx.builder.op("constant", [], { value: values, shape, dtype: type });
    return { ...tensorItem(value), origin: span };
  }
  if (own === null) return expected(ctx, item, "a tensor", span);
  const target = dtype ?? own;
  if (promote(own, target) !== target)
    return expected(ctx, item, dtypeWord(target) === "bool" ? "bool" : "int", span);
  if (item.kind === "tensor") return { ...item, value: castValue(ctx, item.value, target) };
  return tensorItem(scalarValue(ctx, item as StaticNumber | HostItem, target));
};

/** A size. A quotient must be whole: checked now, or when sizes are bound. */
export const toSize = (ctx: Context, item: Item, span: Span): Dim | null => {
  switch (item.kind) {
    case "size":
      return item.dim;
    case "ratio":
      return wholeQuotient(ctx, item, span);
    case "host":
    case "tensor":
    case "indexed":
    case "affine":
      ctx.report(diagnostic("DLM0308", span, { what: "a size" }));
      return null;
    default:
      return expected(ctx, item, "a whole number", span);
  }
};

const wholeQuotient = (ctx: Context, { num, den, label }: RatioItem, span: Span): Dim | null => {
  const value = `${printDim(num)} / ${printDim(den)}`;
  const expression = label ?? value;
  if (typeof num === "number" && typeof den === "number") {
    const call = ctx.state.calls.at(-1);
    const names = /^([^\W\d]\w*) \/ ([^\W\d]\w*)$/.exec(expression);
    const text = `built here with ${names?.[1]} = ${num}, ${names?.[2]} = ${den}`;
    const labels = call === undefined || names === null ? [] : [{ span: call.span, text }];
    const helps = [{ text: `write \`ceil(${expression})\` if the convolution pads` }];
    ctx.report(diagnostic("DLM0405", span, { expression, value }, { labels, helps }));
    return null;
  }
  const message = `\`${expression}\` is not a whole number`;
  const quotient = floorDiv(num, den);
  const condition =
    typeof den === "number"
      ? ({ kind: "divides", dim: num, by: den } as const)
      : ({ kind: "equal", a: num, b: mul(den, quotient) } as const);
  ctx.check({ code: "DLM0405", message, condition, span });
  return quotient;
};

/** A whole number that is known when compiling. */
export const toInteger = (ctx: Context, item: Item, span: Span): number | null => {
  const dim = toSize(ctx, item, span);
  if (dim === null || typeof dim === "number") return dim;
  const holes = { size: printDim(dim), what: "this" };
  ctx.report(diagnostic("DLM0419", span, holes));
  return null;
};

/** A number that is known when compiling. */
export const toNumber = (ctx: Context, item: Item, span: Span): number | null => {
  const known = knownNumber(item);
  if (known !== null) return known;
  const depends = item.kind === "host" || item.kind === "tensor" || item.kind === "size";
  if (depends || item.kind === "ratio")
    ctx.report(diagnostic("DLM0308", span, { what: "this number" }));
  else expected(ctx, item, "a number", span);
  return null;
};

export const toBool = (ctx: Context, item: Item, span: Span): boolean | null =>
  item.kind === "bool" ? item.value : expected(ctx, item, "true or false", span);

export const toText = (ctx: Context, item: Item, span: Span): string | null =>
  item.kind === "string" ? item.value : expected(ctx, item, "text", span);

/** The sizes of a list such as `[B, 4 * ch]`; a single size is a list of one. */
export const toSizes = (ctx: Context, item: Item, span: Span): readonly SizeItem[] | null => {
  const items = item.kind === "list" ? item.items : [item];
  const sizes: SizeItem[] = [];
  for (const each of items) {
    const dim = toSize(ctx, each, span);
    if (dim === null) return null;
    const label = each.kind === "size" || each.kind === "ratio" ? (each.label ?? null) : null;
    sizes.push({ kind: "size", dim, label });
  }
  return sizes;
};

/** `num / den` as a size where it is whole, else as a ratio in lowest terms. */
export const quotientItem = (num: Dim, den: Dim): SizeItem | RatioItem => {
  const whole = exactDiv(num, den);
  if (whole !== null) return sizeItem(whole);
  if (typeof num !== "number" || typeof den !== "number") return { kind: "ratio", num, den };
  const common = gcd(num, den) * Math.sign(den);
  return { kind: "ratio", num: num / common, den: den / common };
};

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));
