// Declared inputs against what a call gives: free size names are bound, all other sizes are checked.

import type { Dim as DimNode, Expr, Param, Type } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { proveAtLeast } from "../ir/dim-proof.ts";
import { printDim } from "../ir/dim-text.ts";
import { equalDims, sub } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { broadcastItem } from "./broadcast.ts";
import type { Context, Frame } from "./context.ts";
import { toTensor } from "./convert.ts";
import { describeShape, describeType, dtypeWord } from "./describe.ts";
import { find, frame as scopeFrame } from "./scope.ts";
import type { Binding } from "./scope.ts";
import { namesIn, resolveDType, resolveSize, resolveType } from "./types.ts";
import { unknown } from "./value.ts";
import type { Item, Label, TensorItem } from "./value.ts";

/** One input of a call: the parameter and what it is given. */
export type Given = {
  readonly param: Param;
  readonly item: Item;
  readonly span: Span;
  /** Taken from the parameter's default rather than written in the call. */
  readonly byDefault: boolean;
};

/** Sizes of a call: names that its inputs bound, and what the caller calls them. */
export type Sizes = {
  readonly names: Map<string, Binding>;
  /** Label in the callee's names → the caller's label, or its number, or null. */
  readonly labels: Map<string, Label>;
};

export const createSizes = (): Sizes => ({ names: new Map(), labels: new Map() });

/** Who is called, for messages. `scope`: configuration and file of the callee. */
export type Callee = { readonly name: string; readonly frame: Frame; readonly span: Span };

const withSizes = ({ frame }: Callee, sizes: Sizes): Frame => ({
  ...frame,
  scope: scopeFrame(frame.scope, sizes.names),
});

/**
 * Binds the inputs of one call. Tensors come first, so that a number or a default can take the sizes they bind.
 * Untyped parameters are left as they are. Results are in the order of `given`.
 */
export const unifyInputs = (
  ctx: Context,
  callee: Callee,
  given: readonly Given[],
  sizes: Sizes,
): ReadonlyMap<string, Item> => {
  const items = new Map<string, Item>();
  const waiting: Given[] = [];
  const typed = given.filter((one) => one.param.type !== null);
  for (const one of given) if (one.param.type === null) items.set(one.param.name.text, one.item);
  for (const one of typed) {
    if (one.item.kind !== "tensor" || one.byDefault) waiting.push(one);
    else items.set(one.param.name.text, unifyTensor(ctx, callee, one, one.item, sizes));
  }
  for (const one of waiting) items.set(one.param.name.text, unifyOther(ctx, callee, one, sizes));
  return items;
};

/** A default or a number: where the declared sizes are all known it is broadcast to them. */
const unifyOther = (ctx: Context, callee: Callee, one: Given, sizes: Sizes): Item => {
  const { param, item, span } = one;
  if (item.kind === "unknown" || param.type === null) return unknown;
  const frame = withSizes(callee, sizes);
  const free = freeNames(param.type, frame);
  if (item.kind === "tensor" && free) return unifyTensor(ctx, callee, one, item, sizes);
  if (free) {
    const tensor = toTensor(ctx, item, span);
    return tensor === null ? unknown : unifyTensor(ctx, callee, one, tensor, sizes);
  }
  const resolved = resolveType(ctx, frame, param.type);
  if (resolved === null) return unknown;
  const tensor = toTensor(ctx, item, span, item.kind === "tensor" ? null : resolved.dtype);
  if (tensor === null || !checkDType(ctx, callee, one, tensor)) return unknown;
  return broadcastItem(ctx, tensor, resolved.shape, resolved.labels, span) ?? unknown;
};

/** Whether a type holds a size that nothing has bound yet. */
const freeNames = (type: Type, frame: Frame): boolean =>
  (type.shape ?? []).some((node) =>
    node.kind === "spread"
      ? find(frame.scope, node.name?.text ?? "...") === null
      : namesIn(node).some(({ name }) => !isSize(find(frame.scope, name)?.item)),
  );

const isSize = (item: Item | undefined): boolean =>
  item !== undefined && (item.kind === "size" || item.kind === "ratio" || item.kind === "list");

const checkDType = (ctx: Context, callee: Callee, one: Given, tensor: TensorItem): boolean => {
  const { param, span } = one;
  const wanted = resolveDType(ctx, param.type?.dtype ?? null);
  const { dtype } = tensor.value.type;
  if (wanted === null) return false;
  if (wanted === dtype) return true;
  const actual = dtypeWord(dtype);
  if (wanted === "i32" && dtype === "f32") {
    const value = ctx.text(span);
    const labels =
      tensor.origin === null ? [] : [{ span: tensor.origin, text: "no dtype means float" }];
    const helps = labels.length === 0 ? [] : [intHelp(ctx, value, tensor)];
    const holes = { layer: callee.name, value, actual };
    ctx.report(diagnostic("DLM0301", callee.span, holes, { labels, helps }));
  } else {
    const expected = `${dtypeWord(wanted)} for \`${param.name.text}\``;
    ctx.report(diagnostic("DLM0304", span, { expected, actual: describeType(tensor.value.type) }));
  }
  return false;
};

const intHelp = (ctx: Context, value: string, { origin }: TensorItem) => {
  const type = origin === null ? "" : ctx.text(origin);
  const text = `declare \`${value}: int${type}\``;
  return origin === null
    ? { text }
    : { text, fix: { span: { ...origin, end: origin.start }, text: "int", safe: true } };
};

/** A tensor against its declared type: binds and checks every axis; the result is labelled in the callee's names. */
const unifyTensor = (
  ctx: Context,
  callee: Callee,
  one: Given,
  tensor: TensorItem,
  sizes: Sizes,
): Item => {
  const nodes = one.param.type?.shape ?? [];
  const { shape } = tensor.value.type;
  if (!checkDType(ctx, callee, one, tensor)) return unknown;
  const at = nodes.findIndex((node) => node.kind === "spread");
  const fits = at < 0 ? shape.length === nodes.length : shape.length >= nodes.length - 1;
  if (!fits) return wrongRank(ctx, callee, one, tensor);
  const labels: Label[] = [];
  const later: { readonly node: Expr; readonly axis: number }[] = [];
  let axis = 0;
  let right = true;
  for (const node of nodes) {
    if (node.kind === "spread") {
      const count = shape.length - (nodes.length - 1);
      const bound = bindSpread(ctx, callee, one, tensor, node, axis, count, sizes);
      if (bound === null) right = false;
      labels.push(...(bound ?? shape.slice(axis, axis + count).map(() => null)));
      axis += count;
      continue;
    }
    const name = boundName(node);
    if (name !== null && !sizes.names.has(name) && !isSize(find(callee.frame.scope, name)?.item)) {
      bindName(sizes, name, tensor, axis);
      labels.push(name);
      if (node.kind === "binary") later.push({ node, axis });
    } else {
      labels.push(null);
      later.push({ node, axis });
    }
    axis += 1;
  }
  for (const check of later) {
    const label = checkAxis(ctx, callee, one, tensor, check.node, check.axis, sizes);
    if (label === undefined) right = false;
    else labels[check.axis] = labels[check.axis] ?? label;
  }
  return right ? { ...tensor, labels } : unknown;
};

/** The name that `T` or `T <= ctx` can bind. */
const boundName = (node: Expr): string | null => {
  if (node.kind === "name") return node.name === "" ? null : node.name;
  return node.kind === "binary" && node.op === "<=" ? boundName(node.left) : null;
};

const bindName = (sizes: Sizes, name: string, tensor: TensorItem, axis: number): void => {
  const dim = tensor.value.type.shape[axis]!;
  const span = tensor.axisOrigins?.[axis] ?? tensor.origin;
  sizes.names.set(name, { item: { kind: "size", dim, label: name, fromShape: true }, span });
  sizes.labels.set(name, tensor.labels[axis] ?? (typeof dim === "number" ? String(dim) : null));
};

const bindSpread = (
  ctx: Context,
  callee: Callee,
  one: Given,
  tensor: TensorItem,
  node: Extract<DimNode, { kind: "spread" }>,
  from: number,
  count: number,
  sizes: Sizes,
): readonly Label[] | null => {
  const name = node.name?.text ?? "...";
  const dims = tensor.value.type.shape.slice(from, from + count);
  const labels = dims.map((_, i) => `${name}[${i}]`);
  const known = sizes.names.get(name)?.item;
  if (known !== undefined) {
    const sizesOf = known.kind === "list" ? known.items : [];
    const same =
      sizesOf.length === count &&
      sizesOf.every((item, i) => item.kind === "size" && equalDims(item.dim, dims[i]!));
    if (same) return labels;
    const before = describeShape(
      sizesOf.flatMap((item) => (item.kind === "size" ? [item.dim] : [])),
    );
    reportGeneral(ctx, one.span, before, describeShape(dims), callee);
    return null;
  }
  const items = dims.map((dim, i): Item => ({
    kind: "size",
    dim,
    label: labels[i]!,
    fromShape: true,
  }));
  sizes.names.set(name, { item: { kind: "list", items }, span: tensor.origin });
  labels.forEach((label, i) => {
    const dim = dims[i]!;
    sizes.labels.set(
      label,
      tensor.labels[from + i] ?? (typeof dim === "number" ? String(dim) : null),
    );
  });
  return labels;
};

const reportGeneral = (
  ctx: Context,
  span: Span,
  left: string,
  right: string,
  callee: Callee,
): void => {
  if (ctx.generic) return;
  ctx.report(
    diagnostic("DLM0420", span, { left, right }, { label: `an input of \`${callee.name}\`` }),
  );
};

/** Checks one declared size. `undefined` after a report, else the label that the axis gets. */
const checkAxis = (
  ctx: Context,
  callee: Callee,
  one: Given,
  tensor: TensorItem,
  node: Expr,
  axis: number,
  sizes: Sizes,
): Label | undefined => {
  const frame = withSizes(callee, sizes);
  const actual = tensor.value.type.shape[axis]!;
  if (node.kind === "binary" && node.op === "<=") {
    const own = boundName(node) ?? "";
    const known = sizes.names.get(own)?.item;
    const bound = resolveSize(ctx, frame, node.right);
    if (bound === null || known?.kind !== "size") return undefined;
    if (!equalDims(known.dim, actual))
      return mismatch(ctx, callee, one, tensor, axis, known.dim, node.left);
    return checkBound(ctx, own, actual, bound.dim, one.span, node.span) ? own : undefined;
  }
  const size = resolveSize(ctx, frame, node);
  if (size === null) return undefined;
  if (equalDims(size.dim, actual)) return size.label;
  return mismatch(ctx, callee, one, tensor, axis, size.dim, node);
};

/** Two sizes that differ: an error where both are numbers or a symbol meets another, by the rule of equal sizes. */
const mismatch = (
  ctx: Context,
  callee: Callee,
  one: Given,
  tensor: TensorItem,
  axis: number,
  wanted: Dim,
  node: Expr,
): undefined => {
  const actual = tensor.value.type.shape[axis]!;
  if (ctx.generic && !(typeof wanted === "number" && typeof actual === "number")) return undefined;
  const [left, right] = [printDim(actual), printDim(wanted)];
  const text = ctx.text(node.span);
  const name = one.param.name.text;
  const origin = tensor.axisOrigins?.[axis] ?? null;
  const shape = describeShape(tensor.value.type.shape);
  ctx.report(
    diagnostic(
      "DLM0401",
      one.span,
      { left, right },
      {
        label: `this is ${shape}, \`${callee.name}\` takes \`${name}: ${ctx.text(one.param.type!.span)}\``,
        labels: [
          ...(origin === null ? [] : [{ span: origin, text: `${left} comes from here` }]),
          {
            span: node.span,
            text: text === right ? `${name} needs ${right}` : `${text} = ${right}`,
          },
        ],
      },
    ),
  );
  return undefined;
};

/** `T <= ctx`: proved, refused, or checked when sizes are bound. */
const checkBound = (
  ctx: Context,
  name: string,
  dim: Dim,
  bound: Dim,
  span: Span,
  written: Span,
): boolean => {
  const room = sub(bound, dim);
  const holes = { size: name, value: printDim(dim), bound: printDim(bound) };
  switch (proveAtLeast(room, 0, ctx.bounds)) {
    case "yes":
      return true;
    case "no":
      ctx.report(
        diagnostic("DLM0411", span, holes, { labels: [{ span: written, text: "bound here" }] }),
      );
      return false;
    case "unknown":
      ctx.check({
        code: "DLM0411",
        message: `\`${name}\` is more than its bound ${holes.bound}`,
        condition: { kind: "at-least", dim: room, least: 0 },
        span,
      });
      return true;
  }
};

const wrongRank = (ctx: Context, callee: Callee, one: Given, tensor: TensorItem): Item => {
  const { shape } = tensor.value.type;
  const type = ctx.text(one.param.type!.span);
  const names = (one.param.type?.shape ?? []).map((node) =>
    node.kind === "name" ? node.name : "",
  );
  const what = names.includes("H") && names.includes("W") ? "an image " : "";
  const last = shape.at(-1);
  const origin = tensor.axisOrigins?.at(-1) ?? null;
  const notes = origin === null || last === undefined ? [] : [comesFrom(ctx, tensor, last)];
  const help = imageHelp(what !== "", tensor);
  ctx.report(
    diagnostic(
      "DLM0402",
      callee.span,
      {
        layer: callee.name,
        expected: `${what}\`${type}\``,
        actual: describeShape(shape),
      },
      { notes, helps: help === null ? [] : [{ text: help }] },
    ),
  );
  return unknown;
};

/** `784 comes from x: [B, 784] at 1:14` */
const comesFrom = (ctx: Context, { origin, value }: TensorItem, size: Dim): string => {
  if (origin === null) return `${printDim(size)} is its last axis`;
  const name = value.def.kind === "input" ? `${value.def.name}: ` : "";
  return `${printDim(size)} comes from \`${name}${ctx.text(origin)}\` at ${ctx.place(origin)}`;
};

/** `[B, 784]` for an image: the square image with that many pixels, grey or in colour. */
const imageHelp = (image: boolean, { value: { type } }: TensorItem): string | null => {
  const [batch, pixels] = type.shape;
  if (!image || type.shape.length !== 2 || typeof pixels !== "number") return null;
  for (const channels of [1, 3]) {
    const side = Math.sqrt(pixels / channels);
    if (Number.isInteger(side))
      return (
        `\`-> reshape([${printDim(batch!)}, ${side}, ${side}, ${channels}])\` first ` +
        `(${side} * ${side} * ${channels} = ${pixels})`
      );
  }
  return null;
};
