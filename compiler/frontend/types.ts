// A declared type into element type, sizes and labels, every name in it being known.

import type { Dim as DimNode, Expr, Name, Type } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { nearest } from "../../grammar/suggest.ts";
import type { Dim } from "../ir/dim.ts";
import type { DType } from "../ir/type.ts";
import type { Context, Frame } from "./context.ts";
import { toSize } from "./convert.ts";
import { lookUpName } from "./name.ts";
import { find } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { Item, Label } from "./value.ts";

/** A declared type with its sizes; `spans` says where each was written. */
export type Resolved = {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  readonly labels: readonly Label[];
  readonly spans: readonly Span[];
};

const dtypes: ReadonlyMap<string, DType> = new Map([
  ["float", "f32"],
  ["int", "i32"],
  ["bool", "bool"],
]);

/** `int` of `int[B]`; no dtype means float. */
export const resolveDType = (ctx: Context, name: Name | null): DType | null => {
  if (name === null) return "f32";
  const dtype = dtypes.get(name.text);
  if (dtype !== undefined) return dtype;
  if (name.text !== "") {
    const near = nearest(name.text, [...dtypes.keys()]);
    const label = near === null ? "" : `did you mean \`${near}\`?`;
    ctx.report(diagnostic("DLM0310", name.span, { name: name.text }, { label }));
  }
  return null;
};

/** Reports and gives null where a name or a size is wrong. */
export const resolveType = (ctx: Context, frame: Frame, type: Type): Resolved | null => {
  const dtype = resolveDType(ctx, type.dtype);
  const shape: Dim[] = [];
  const labels: Label[] = [];
  const spans: Span[] = [];
  if (dtype === null) return null;
  for (const node of type.shape ?? []) {
    const sizes = resolveDim(ctx, frame, node);
    if (sizes === null) return null;
    for (const { dim, label } of sizes) {
      shape.push(dim);
      labels.push(label);
      spans.push(node.span);
    }
  }
  return { dtype, shape, labels, spans };
};

type Size = { readonly dim: Dim; readonly label: Label };

/** One size, or those that `...S` stands for. */
const resolveDim = (ctx: Context, frame: Frame, node: DimNode): readonly Size[] | null => {
  if (node.kind !== "spread") {
    const size = resolveSize(ctx, frame, node);
    return size === null ? null : [size];
  }
  const name = node.name?.text ?? "...";
  const list = find(frame.scope, name)?.item;
  if (list === undefined) return reportUnknownSize(ctx, frame, name, node.name?.span ?? node.span);
  if (list.kind !== "list") return null;
  const sizes = list.items.map((item) => sizeOf(ctx, item, node.span));
  return sizes.every((size) => size !== null) ? sizes : null;
};

/** A size expression; an unknown name in it is DLM0204. */
export const resolveSize = (ctx: Context, frame: Frame, expr: Expr): Size | null => {
  const missing = namesIn(expr).find(({ name }) => lookUpName(ctx, frame, name) === null);
  if (missing !== undefined) return reportUnknownSize(ctx, frame, missing.name, missing.span);
  return sizeOf(ctx, ctx.evaluate(expr, frame), expr.span);
};

const sizeOf = (ctx: Context, item: Item, span: Span): Size | null => {
  if (item.kind === "unknown") return null;
  const dim = toSize(ctx, item, span);
  if (dim === null) return null;
  if (typeof dim === "number" && dim < 0) {
    const label = (item.kind === "size" || item.kind === "ratio" ? item.label : null) ?? "size";
    ctx.report(diagnostic("DLM0408", span, { what: "tensor", size: label, value: dim }));
    return null;
  }
  return {
    dim,
    label: item.kind === "size" || item.kind === "ratio" ? (item.label ?? null) : null,
  };
};

/** Names that a size expression reads. */
export const namesIn = (expr: Expr): readonly { readonly name: string; readonly span: Span }[] => {
  switch (expr.kind) {
    case "name":
      return expr.name === "" ? [] : [expr];
    case "unary":
      return namesIn(expr.operand);
    case "binary":
      return [...namesIn(expr.left), ...namesIn(expr.right)];
    case "if":
      return [expr.condition, expr.then, expr.else].flatMap(namesIn);
    case "call":
      return [expr.callee, ...expr.args.map((arg) => arg.value)].flatMap(namesIn);
    case "index":
      return namesIn(expr.base);
    default:
      return [];
  }
};

type KnownSize = { readonly name: string; readonly span: Span | null; readonly config: boolean };

/** Sizes and configuration of the declaration around, as they were bound: what a size name may have meant. */
const knownSizes = (frame: Frame): readonly KnownSize[] => {
  const frames: (readonly KnownSize[])[] = [];
  const seen = new Set<string>();
  for (let scope: Scope | null = frame.scope; scope !== null; scope = scope.parent) {
    // The library's scope holds no sizes, and listing it would parse all of it.
    if (scope.parent === null) break;
    const sizes: KnownSize[] = [];
    for (const name of scope.names()) {
      const binding = scope.lookup(name);
      const config = binding?.config ?? false;
      if (binding === null || seen.has(name) || !(config || binding.item.kind === "size")) continue;
      seen.add(name);
      sizes.push({ name, span: binding.span, config });
    }
    frames.unshift(sizes);
  }
  const all = frames.flat();
  return [...all.filter((size) => !size.config), ...all.filter((size) => size.config)];
};

export const reportUnknownSize = (ctx: Context, frame: Frame, name: string, span: Span): null => {
  const known = knownSizes(frame);
  const near = nearest(
    name,
    known.map((size) => size.name),
  );
  const meant = known.find((size) => size.name === near)?.span ?? null;
  ctx.report(
    diagnostic(
      "DLM0204",
      span,
      { name },
      {
        label: near === null ? "" : `did you mean \`${near}\`?`,
        labels: meant === null ? [] : [{ span: meant, text: "sizes are bound by inputs" }],
        notes:
          known.length === 0 ? [] : [`sizes known here: ${known.map((s) => s.name).join(", ")}`],
        ...(near === null ? {} : { fix: { span, text: near, safe: true } }),
      },
    ),
  );
  return null;
};
