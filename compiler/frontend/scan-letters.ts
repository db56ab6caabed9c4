// What a statement's text says about its letters before it is evaluated: where they stand alone, and what has none.

import type { Expr, Stage, Subscript } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import type { Context, Frame } from "./context.ts";
import type { Item, Label } from "./value.ts";

/** A letter alone as the subscript of an axis. */
export type Sighting = {
  readonly letter: string;
  readonly extent: Dim;
  readonly label: Label;
  readonly span: Span;
  readonly base: Expr;
  readonly axis: number;
};

export type Scan = {
  readonly sightings: readonly Sighting[];
  /** Subscripted bases and conditions without letters, evaluated; `failed` when one of them is unknown. */
  readonly whole: { readonly items: ReadonlyMap<Expr, Item>; readonly failed: boolean };
};

const subscriptParts = (subscript: Subscript): readonly Expr[] =>
  subscript.kind === "at"
    ? [subscript.value]
    : [subscript.from, subscript.to].filter((part) => part !== null);

const stageParts = (stage: Stage): readonly Expr[] => {
  if (stage.kind === "apply") return [stage.target];
  const own = stage.kind === "repeat" ? [stage.over] : [stage.mask, stage.from];
  return [...own.filter((part) => part !== null), ...stage.stages.flatMap(stageParts)];
};

/** Expressions directly inside an expression. */
export const partsOf = (expr: Expr): readonly Expr[] => {
  switch (expr.kind) {
    case "list":
      return expr.items.filter((item) => item.kind !== "spread");
    case "tuple":
      return expr.items;
    case "unary":
      return [expr.operand];
    case "binary":
      return [expr.left, expr.right];
    case "if":
      return [expr.condition, expr.then, expr.else];
    case "pipe":
      return [expr.head, ...expr.stages.flatMap(stageParts)];
    case "call":
      return [expr.callee, ...expr.args.map(({ value }) => value)];
    case "index":
      return [expr.base, ...expr.subscripts.flatMap(subscriptParts)];
    case "member":
      return [expr.base];
    case "number":
    case "string":
    case "bool":
    case "name":
    case "next":
    case "hole":
      return [];
    default:
      return expr satisfies never;
  }
};

/** Whether a name occurs anywhere in an expression. */
export const mentions = (expr: Expr, names: ReadonlySet<string>): boolean =>
  (expr.kind === "name" && names.has(expr.name)) ||
  partsOf(expr).some((part) => mentions(part, names));

/** The name of a letter in `sum[d < n](…)`: alone or left of `<`. */
export const writtenLetter = (subscript: Subscript): (Expr & { readonly kind: "name" }) | null => {
  if (subscript.kind !== "at") return null;
  const { value } = subscript;
  if (value.kind === "name") return value;
  return value.kind === "binary" && value.op === "<" && value.left.kind === "name"
    ? value.left
    : null;
};

/**
 * Looks for `targets` in `body`; every letter of `frame` counts when deciding that something has none. Only the
 * branch of a static `if` that will be taken is looked at.
 */
export const scanLetters = (
  ctx: Context,
  frame: Frame,
  targets: ReadonlySet<string>,
  body: readonly Expr[],
): Scan => {
  const sightings: Sighting[] = [];
  const items = new Map<Expr, Item>();
  let failed = false;

  const evaluateWhole = (expr: Expr): Item => {
    const known = frame.whole?.get(expr) ?? items.get(expr);
    if (known !== undefined) {
      failed ||= known.kind === "unknown";
      return known;
    }
    const item = ctx.evaluate(expr, frame);
    failed ||= item.kind === "unknown";
    items.set(expr, item);
    return item;
  };

  /** `letters`: all in scope. `wanted`: targets that an inner reducer has not taken over. */
  const visit = (expr: Expr, letters: ReadonlySet<string>, wanted: ReadonlySet<string>): void => {
    if (!mentions(expr, letters)) return;
    if (expr.kind === "index") visitIndex(expr, letters, wanted);
    else if (expr.kind === "if" && !mentions(expr.condition, letters)) {
      const condition = evaluateWhole(expr.condition);
      const taken = condition.kind === "bool" ? condition.value : null;
      if (taken !== false) visit(expr.then, letters, wanted);
      if (taken !== true) visit(expr.else, letters, wanted);
    } else if (expr.kind === "call" && expr.callee.kind === "index") {
      const own = expr.callee.subscripts.flatMap((each) => writtenLetter(each)?.name ?? []);
      const inner = new Set([...letters, ...own]);
      // A normaliser names a letter that is bound outside; a reducer's letter is its own.
      const hidden = own.filter((name) => !letters.has(name));
      const left = new Set([...wanted].filter((name) => !hidden.includes(name)));
      for (const { value } of expr.args) visit(value, inner, left);
    } else for (const part of partsOf(expr)) visit(part, letters, wanted);
  };

  const visitIndex = (
    expr: Expr & { readonly kind: "index" },
    letters: ReadonlySet<string>,
    wanted: ReadonlySet<string>,
  ): void => {
    for (const part of expr.subscripts.flatMap(subscriptParts)) visit(part, letters, wanted);
    if (mentions(expr.base, letters)) return visit(expr.base, letters, wanted);
    const base = evaluateWhole(expr.base);
    if (base.kind !== "tensor") return;
    expr.subscripts.forEach((subscript, axis) => {
      const value = subscript.kind === "at" ? subscript.value : null;
      const extent = base.value.type.shape[axis];
      if (value?.kind !== "name" || !wanted.has(value.name) || extent === undefined) return;
      const label = base.labels[axis] ?? null;
      sightings.push({
        letter: value.name,
        extent,
        label,
        span: value.span,
        base: expr.base,
        axis,
      });
    });
  };

  const letters = new Set(frame.letters.keys());
  for (const expr of body) visit(expr, letters, targets);
  return { sightings, whole: { items, failed } };
};
