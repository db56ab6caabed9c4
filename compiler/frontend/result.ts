// What a body returned into what its caller gets: checked against the declared result, labelled in the caller's names.

import type { Expr, Result, Type } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { printDim } from "../ir/dim-text.ts";
import { equalDims } from "../ir/dim.ts";
import { broadcastItem } from "./broadcast.ts";
import type { Context, Frame } from "./context.ts";
import { isStaticNumber, toTensor } from "./convert.ts";
import { describeItem, describeShape, describeType, dtypeWord } from "./describe.ts";
import type { Binding } from "./scope.ts";
import { describeTrail } from "./trail.ts";
import { resolveDType, resolveType } from "./types.ts";
import type { Resolved } from "./types.ts";
import { unknown } from "./value.ts";
import type { Item, Label, TensorItem } from "./value.ts";

export type ResultSpec = {
  /** Name of the declaration, for messages. */
  readonly name: string;
  readonly result: Result | null;
  /** The callee's labels in the caller's names; null where the body already speaks in the caller's. */
  readonly labels: ReadonlyMap<string, Label> | null;
  /** Where the result is written. */
  readonly span: Span;
  /** The call, and where the sizes that its inputs bound come from; null where sizes keep their places. */
  readonly origins: { readonly call: Span; readonly sizes: ReadonlyMap<string, Binding> } | null;
};

export const shapeResult = (
  ctx: Context,
  frame: Frame,
  values: readonly Item[],
  spec: ResultSpec,
): Item => {
  const { result } = spec;
  if (values.some((item) => item.kind === "unknown")) return unknown;
  if (result === null) {
    const items = values.map((item) => relabelItem(item, spec.labels));
    return items.length === 1 ? items[0]! : { kind: "tuple", items, names: null };
  }
  const only = values[0];
  const flat = values.length === 1 && only?.kind === "tuple" ? only.items : values;
  const types = result.kind === "single" ? [result.type] : result.items.map((item) => item.type);
  if (flat.length !== types.length) {
    const names = `${types.length} result${types.length === 1 ? "" : "s"}`;
    ctx.report(
      diagnostic(
        "DLM0309",
        spec.span,
        { names, values: `${flat.length}` },
        {
          labels: [{ span: result.span, text: `\`${spec.name}\` promises ${names}` }],
        },
      ),
    );
    return unknown;
  }
  const items = flat.map((item, i) => checkResult(ctx, frame, item, types[i] ?? null, spec));
  if (items.some((item) => item.kind === "unknown")) return unknown;
  if (result.kind === "single") return items[0]!;
  return { kind: "tuple", items, names: result.items.map((item) => item.name.text) };
};

const checkResult = (
  ctx: Context,
  frame: Frame,
  item: Item,
  type: Type | null,
  spec: ResultSpec,
): Item => {
  if (type === null || item.kind === "unknown") return relabelItem(item, spec.labels);
  if (type.shape === null && (isStaticNumber(item) || item.kind === "host")) {
    return resolveDType(ctx, type.dtype) === null ? unknown : item;
  }
  if (item.kind === "tuple") {
    const names = "1 result";
    ctx.report(diagnostic("DLM0309", spec.span, { names, values: `${item.items.length}` }));
    return unknown;
  }
  const resolved = resolveType(ctx, frame, type);
  if (resolved === null) return unknown;
  if (item.kind !== "tensor") {
    if (!isStaticNumber(item) && item.kind !== "host" && item.kind !== "list") {
      const expected = describeType(resolved);
      ctx.report(diagnostic("DLM0304", spec.span, { expected, actual: describeItem(item) }));
      return unknown;
    }
    const tensor = toTensor(ctx, item, spec.span, resolved.dtype);
    if (tensor === null) return unknown;
    const wide = broadcastItem(ctx, tensor, resolved.shape, resolved.labels, spec.span);
    return wide === null ? unknown : relabelItem(wide, spec.labels);
  }
  const actual = item.value.type;
  if (actual.dtype !== resolved.dtype) {
    ctx.report(
      diagnostic(
        "DLM0304",
        spec.span,
        {
          expected: dtypeWord(resolved.dtype),
          actual: describeType(actual),
        },
        { labels: [{ span: type.span, text: `\`${spec.name}\` promises this` }] },
      ),
    );
    return unknown;
  }
  const same =
    actual.shape.length === resolved.shape.length &&
    actual.shape.every((dim, axis) => equalDims(dim, resolved.shape[axis]!));
  if (!same) return reportShape(ctx, item, resolved, type, spec);
  return relabelItem({ ...item, ...originsOf(resolved, spec, item) }, spec.labels);
};

/** A size that an input bound comes from where that input's does; any other was decided by the call. */
const originsOf = (
  { labels }: Resolved,
  { origins }: ResultSpec,
  item: TensorItem,
): Pick<TensorItem, "labels" | "origin" | "axisOrigins"> => {
  if (origins === null) return { labels, origin: item.origin };
  const { call, sizes } = origins;
  const axisOrigins = labels.map((label, axis) => {
    const bound = label === null ? undefined : sizes.get(label.replace(/\[\d+\]$/, ""));
    if (bound === undefined) return call;
    return bound.item.kind === "size" ? bound.span : (item.axisOrigins?.[axis] ?? bound.span);
  });
  return { labels, origin: call, axisOrigins };
};

const reportShape = (
  ctx: Context,
  item: TensorItem,
  resolved: Resolved,
  type: Type,
  spec: ResultSpec,
): Item => {
  const { shape } = item.value.type;
  const axis = shape.findIndex((dim, i) => !equalDims(dim, resolved.shape[i] ?? NaN));
  const sameRank = shape.length === resolved.shape.length;
  const wrong = sameRank ? resolved.shape[axis] : undefined;
  const numeric = typeof wrong === "number" && typeof shape[axis] === "number";
  if (ctx.generic && !numeric && sameRank) return unknown;
  const place = sameRank ? resolved.spans[axis]! : type.span;
  const text = ctx.text(place);
  const trail = describeTrail(ctx, item.value);
  ctx.report(
    diagnostic(
      "DLM0403",
      spec.span,
      {
        name: spec.name,
        promised: describeShape(resolved.shape),
        actual: describeShape(shape),
      },
      {
        label: sameRank
          ? `${axisName(axis, shape.length)} is ${printDim(shape[axis]!)}`
          : `this has ${shape.length} axes`,
        labels: [
          {
            span: place,
            text:
              wrong === undefined || text === printDim(wrong)
                ? `\`${spec.name}\` promises this`
                : `${text} = ${printDim(wrong)}`,
          },
        ],
        notes: trail === null ? [] : [`shapes on the way: ${trail}`],
      },
    ),
  );
  return unknown;
};

const ordinals = ["first", "second", "third", "fourth", "fifth"];

export const axisName = (axis: number, rank: number): string =>
  axis === rank - 1 ? "last axis" : `${ordinals[axis] ?? `${axis + 1}th`} axis`;

/** Where the value of a `return` is decided: the last stage of a pipeline, else the expression. */
export const decidingSpan = (expr: Expr): Span =>
  expr.kind === "pipe" ? (expr.stages.at(-1)?.span ?? expr.span) : expr.span;

const relabelItem = (item: Item, labels: ReadonlyMap<string, Label> | null): Item =>
  labels === null ? item : mapLabels(item, (label) => relabel(label, labels));

/** Without the labels that are these names. */
export const withoutLabels = (item: Item, names: ReadonlySet<string>): Item =>
  names.size === 0
    ? item
    : mapLabels(item, (label) => (label !== null && names.has(label) ? null : label));

const mapLabels = (item: Item, map: (label: Label) => Label): Item => {
  switch (item.kind) {
    case "tuple":
    case "list":
      return { ...item, items: item.items.map((each) => mapLabels(each, map)) };
    case "size":
    case "ratio":
      return { ...item, label: map(item.label ?? null) };
    case "tensor":
      return { ...item, labels: item.labels.map(map) };
    default:
      return item;
  }
};

/** `H / stride` in the caller's names; null when one of them has none there. */
const relabel = (label: Label, labels: ReadonlyMap<string, Label>): Label => {
  if (label === null) return null;
  const whole = labels.get(label);
  if (whole !== undefined) return whole !== null && /^\d+$/.test(whole) ? null : whole;
  let known = true;
  const text = label.replace(/[A-Za-z_\u0370-\u03FF][\w\u0370-\u03FF]*(?!\()/g, (name) => {
    if (sizeFunctions.has(name)) return name;
    const outer = labels.get(name);
    if (outer === undefined || outer === null) known = false;
    return outer ?? name;
  });
  return known && !/^\d+$/.test(text) ? text : null;
};

const sizeFunctions = new Set(["floor", "ceil", "round", "min", "max"]);
