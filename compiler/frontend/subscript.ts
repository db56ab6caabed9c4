// `x[…]`: an element of a list, a part of a whole array, or one element per combination of letters.

import type { IndexExpr, Subscript } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { proveAtLeast } from "../ir/dim-proof.ts";
import { printDim } from "../ir/dim-text.ts";
import * as dim from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { Context, Frame } from "./context.ts";
import { dtypeOf, refuseLetters, tensorItem, toInteger, toSize, toTensor } from "./convert.ts";
import { describeItem, describeShape } from "./describe.ts";
import { expressionText } from "./expression-text.ts";
import { gatherChecked } from "./gather-checked.ts";
import { lettersAt } from "./letter-subscript.ts";
import { refuseWhole } from "./pointwise.ts";
import { unknown } from "./value.ts";
import type { Item, Label, ListItem, TensorItem } from "./value.ts";

export const index = (ctx: Context, frame: Frame, expr: IndexExpr): Item => {
  const base = ctx.evaluate(expr.base, frame);
  switch (base.kind) {
    case "unknown":
      return unknown;
    case "list":
      return listElement(ctx, frame, expr, base);
    case "tensor":
      return tensorPart(ctx, frame, expr, base);
    case "indexed":
    case "affine":
      refuseLetters(ctx, null, expr.base.span);
      return unknown;
    default: {
      const holes = { name: expressionText(expr.base), actual: describeItem(base) };
      const expected = "a tensor or a list";
      ctx.report(diagnostic("DLM0210", expr.base.span, { ...holes, expected }));
      return unknown;
    }
  }
};

const listElement = (ctx: Context, frame: Frame, expr: IndexExpr, list: ListItem): Item => {
  const [subscript, ...more] = expr.subscripts;
  const length = list.items.length;
  if (subscript === undefined || more.length > 0) {
    const value = expressionText(expr.base);
    ctx.report(
      diagnostic("DLM0414", expr.span, { value, problem: "is a list: it takes one subscript" }),
    );
    return unknown;
  }
  if (subscript.kind === "slice") return listSlice(ctx, frame, subscript, list);
  const item = ctx.evaluate(subscript.value, frame);
  if (item.kind === "unknown") return unknown;
  const position = toInteger(ctx, item, subscript.value.span);
  if (position === null) return unknown;
  const found = list.items[position < 0 ? position + length : position];
  if (found !== undefined) return found;
  outside(ctx, expressionText(expr), position, `0 … ${length - 1}`, subscript.span);
  return unknown;
};

/** A part of a list; unlike a part of a tensor it may be empty. */
const listSlice = (
  ctx: Context,
  frame: Frame,
  { from, to, span }: Subscript & { readonly kind: "slice" },
  { items }: ListItem,
): Item => {
  const end = (part: typeof from, missing: number): number | null => {
    if (part === null) return missing;
    const item = ctx.evaluate(part, frame);
    const at = item.kind === "unknown" ? null : toInteger(ctx, item, part.span);
    return at === null ? null : at < 0 ? at + items.length : at;
  };
  const [first, last] = [end(from, 0), end(to, items.length)];
  if (first === null || last === null) return unknown;
  if (0 <= first && first <= last && last <= items.length)
    return { kind: "list", items: items.slice(first, last) };
  const reach = first < 0 || first > items.length ? first : last;
  outside(ctx, `${first}:${last}`, reach, `0 … ${items.length}`, span);
  return unknown;
};

const outside = (ctx: Context, subscript: string, reach: Dim, range: string, span: Span): null => {
  ctx.report(diagnostic("DLM0412", span, { subscript, reach: printDim(reach), range }));
  return null;
};

/** A subscript with its value; null for a slice. */
type Evaluated = { readonly subscript: Subscript; readonly item: Item | null };

const tensorPart = (ctx: Context, frame: Frame, expr: IndexExpr, base: TensorItem): Item => {
  const subscripts = expr.subscripts.map((subscript): Evaluated => ({
    subscript,
    item: subscript.kind === "slice" ? null : ctx.evaluate(subscript.value, frame),
  }));
  if (subscripts.some(({ item }) => item?.kind === "unknown")) return unknown;
  const text = expressionText(expr.base);
  const rank = base.value.type.shape.length;
  ctx.builder.at(expr.span);
  const perLetter = subscripts.some(
    ({ item }) => item?.kind === "affine" || item?.kind === "indexed",
  );
  if (subscripts.length > rank || (perLetter && subscripts.length < rank)) {
    const label = `${text} is ${describeShape(base.value.type.shape)}`;
    const axes = rank === 1 ? "axis" : "axes";
    const problem =
      subscripts.length > rank
        ? `has ${rank} ${axes}, but ${subscripts.length} subscripts`
        : `needs a subscript for each of its ${rank} ${axes}`;
    ctx.report(diagnostic("DLM0414", expr.span, { value: text, problem }, { label }));
    return unknown;
  }
  if (!perLetter) return wholePart(ctx, frame, expr, base, subscripts);
  const slice = subscripts.find(({ item }) => item === null);
  if (slice !== undefined) {
    refuseWhole(ctx, text, rank, slice.subscript.span);
    return unknown;
  }
  const parts = subscripts.map(({ subscript, item }) => ({
    item: item!,
    span: subscript.span,
    text: subscript.kind === "at" ? expressionText(subscript.value) : "",
  }));
  return lettersAt(ctx, frame, { value: base.value, text }, parts) ?? unknown;
};

type Ends = { readonly from: Dim; readonly to: Dim; readonly label: Label };

/** The ends of `a:b` along an axis; static negative ends count from its end. Proved to lie inside. */
const sliceEnds = (
  ctx: Context,
  frame: Frame,
  slice: Subscript & { readonly kind: "slice" },
  extent: Dim,
): Ends | null => {
  const end = (part: typeof slice.from, missing: Dim): { dim: Dim; label: Label } | null => {
    if (part === null) return { dim: missing, label: null };
    const item = ctx.evaluate(part, frame);
    if (item.kind === "unknown") return null;
    const at = toSize(ctx, item, part.span);
    if (at === null) return null;
    const counted = typeof at === "number" && at < 0 ? dim.add(extent, at) : at;
    return { dim: counted, label: item.kind === "size" ? (item.label ?? null) : null };
  };
  const [from, to] = [end(slice.from, 0), end(slice.to, extent)];
  if (from === null || to === null) return null;
  const text = `${printDim(from.dim)}:${printDim(to.dim)}`;
  const range = `0 … ${printDim(extent)}`;
  const count = dim.sub(to.dim, from.dim);
  const inside =
    require(ctx, from.dim, 0, () =>
      outside(ctx, text, from.dim, range, slice.span), text, slice.span) &&
    require(ctx, dim.sub(extent, to.dim), 0, () =>
      outside(ctx, text, to.dim, range, slice.span), text, slice.span) &&
    require(ctx, count, typeof count === "number" ? 0 : 1, () => {
      const holes = { what: "slice", size: text, value: printDim(count) };
      ctx.report(diagnostic("DLM0408", slice.span, holes));
    }, text, slice.span);
  return inside
    ? { from: from.dim, to: to.dim, label: slice.from === null ? to.label : null }
    : null;
};

/** Whether `dim >= least` may hold; where that depends on sizes bound later it is checked then. */
const require = (
  ctx: Context,
  size: Dim,
  least: number,
  fail: () => void,
  text: string,
  span: Span,
): boolean => {
  const proof = proveAtLeast(size, least, ctx.bounds);
  if (proof === "unknown")
    ctx.check({
      code: "DLM0412",
      message: `subscript \`${text}\` leaves its axis`,
      condition: { kind: "at-least", dim: size, least },
      span,
    });
  if (proof === "no") fail();
  return proof !== "no";
};

/** One axis of the part: kept from a start, dropped at a position, or replaced by an int tensor's axes. */
type Axis =
  | { readonly kind: "keep"; readonly start: Dim; readonly count: Dim; readonly label: Label }
  | { readonly kind: "drop"; readonly start: Dim }
  | { readonly kind: "gather"; readonly index: TensorItem; readonly span: Span };

const wholePart = (
  ctx: Context,
  frame: Frame,
  expr: IndexExpr,
  base: TensorItem,
  subscripts: readonly Evaluated[],
): Item => {
  const { shape } = base.value.type;
  const axes: Axis[] = [];
  for (const [axis, extent] of shape.entries()) {
    const found = wholeAxis(ctx, frame, base, axis, extent, subscripts[axis]);
    if (found === null) return unknown;
    axes.push(found);
  }
  const gathers = axes.filter((axis) => axis.kind === "gather");
  if (gathers.length > 1) {
    const holes = {
      value: expressionText(expr.base),
      problem: "needs letters to be subscripted by two int tensors",
    };
    const help = "`let y[i] = x[a[i], b[i]]` says how they go together";
    ctx.report(diagnostic("DLM0414", expr.span, holes, { helps: [{ text: help }] }));
    return unknown;
  }
  return buildPart(ctx, base, axes, expressionText(expr));
};

const wholeAxis = (
  ctx: Context,
  frame: Frame,
  base: TensorItem,
  axis: number,
  extent: Dim,
  evaluated: Evaluated | undefined,
): Axis | null => {
  const label = base.labels[axis] ?? null;
  if (evaluated === undefined) return { kind: "keep", start: 0, count: extent, label };
  const { subscript, item } = evaluated;
  if (subscript.kind === "slice") {
    const ends = sliceEnds(ctx, frame, subscript, extent);
    if (ends === null) return null;
    const whole = subscript.from === null && subscript.to === null;
    const count = dim.sub(ends.to, ends.from);
    return { kind: "keep", start: ends.from, count, label: whole ? label : ends.label };
  }
  const span = subscript.value.span;
  if (item!.kind === "tensor" || item!.kind === "host") {
    if (dtypeOf(item!) === "f32" && item!.kind === "tensor") {
      const holes = { expected: "int", actual: describeItem(item!) };
      ctx.report(diagnostic("DLM0304", span, holes));
      return null;
    }
    const index = toTensor(ctx, item!, span, "i32");
    return index === null ? null : { kind: "gather", index, span };
  }
  const at = toSize(ctx, item!, span);
  if (at === null) return null;
  const start = typeof at === "number" && at < 0 ? dim.add(extent, at) : at;
  const text = expressionText(subscript.value);
  const range = `0 … ${printDim(dim.sub(extent, 1))}`;
  const fail = (): void => void outside(ctx, text, at, range, span);
  const inside =
    require(ctx, start, 0, fail, text, span) &&
    require(ctx, dim.sub(dim.sub(extent, 1), start), 0, fail, text, span);
  return inside ? { kind: "drop", start } : null;
};

const buildPart = (ctx: Context, base: TensorItem, axes: readonly Axis[], text: string): Item => {
  const { builder: b } = ctx;
  const { shape } = base.value.type;
  const count = axes.map((axis, i): Dim => {
    if (axis.kind === "keep") return axis.count;
    return axis.kind === "drop" ? 1 : shape[i]!;
  });
  const start = axes.map((axis): Dim => (axis.kind === "gather" ? 0 : axis.start));
  const same = axes.every((_, i) => start[i] === 0 && dim.equalDims(count[i]!, shape[i]!));
  const sliced = same
    ? base.value
    : b.op("slice", [base.value], { start, count, step: axes.map(() => 1) });
  const kept = axes.filter((axis) => axis.kind !== "drop");
  const squeezed = b.op("reshape", [sliced], {
    shape: count.filter((_, i) => axes[i]!.kind !== "drop"),
  });
  const labelOf = (axis: Axis): readonly Label[] => {
    if (axis.kind === "keep") return [axis.label];
    return axis.kind === "gather" ? axis.index.labels : [];
  };
  const labels = kept.flatMap(labelOf);
  const at = kept.findIndex((axis) => axis.kind === "gather");
  const found = kept[at];
  const value = found?.kind === "gather" ? gatherAt(ctx, squeezed, at, found, text) : squeezed;
  return { ...tensorItem(value), labels, origin: base.origin };
};

/** The index's axes take the place of axis `at`. */
const gatherAt = (
  ctx: Context,
  value: Value,
  at: number,
  { index, span }: Axis & { readonly kind: "gather" },
  text: string,
): Value => {
  const { builder: b } = ctx;
  const rank = value.type.shape.length;
  const others = value.type.shape.map((_, axis) => axis).filter((axis) => axis !== at);
  const front = b.op("transpose", [value], { perm: [at, ...others] });
  const gathered = gatherChecked(ctx, front, index.value, 0, { text, span });
  const width = index.value.type.shape.length;
  // Now [ι…, before…, after…]; ι belongs between them.
  const before = others.slice(0, at).map((_, i) => width + i);
  const places = Array.from({ length: width }, (_, i) => i);
  const after = Array.from({ length: rank - 1 - at }, (_, i) => width + at + i);
  return b.op("transpose", [gathered], { perm: [...before, ...places, ...after] });
};
