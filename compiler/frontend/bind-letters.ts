// The letters a statement or reducer binds, with their extents: from written bounds, else from where they stand alone.

import type { Expr, Name } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { printDim } from "../ir/dim-text.ts";
import { equalDims } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { Context, Frame, Letter } from "./context.ts";
import { toSize } from "./convert.ts";
import { expressionText } from "./expression-text.ts";
import { scanLetters } from "./scan-letters.ts";
import type { Sighting } from "./scan-letters.ts";
import { find } from "./scope.ts";
import type { Label } from "./value.ts";

/** `h < Ho`, or `h` with no bound. */
export type LetterBinder = { readonly name: Name; readonly bound: Expr | null };

/** The frame in which the letters have their meaning, and the label of each one's axis by key. */
export type Bound = {
  readonly frame: Frame;
  readonly letters: readonly Letter[];
  readonly labels: ReadonlyMap<string, Label>;
};

/** A place in the source names a letter uniquely among those alive at one time, since nothing calls itself. */
const keyOf = ({ text, span }: Name): string => `${text}@${span.file}:${span.start}`;

/** Binds letters over `body`. Reports and returns null when one is bound twice or has no range. */
export const bindLetters = (
  ctx: Context,
  outer: Frame,
  binders: readonly LetterBinder[],
  body: readonly Expr[],
): Bound | null => {
  const fresh = new Map<string, Letter>();
  const bounds = new Map<string, { readonly dim: Dim; readonly label: Label }>();
  for (const { name, bound } of binders) {
    const enclosing = outer.letters.get(name.text);
    const before = fresh.get(name.text) ?? enclosing;
    if (before !== undefined) return reportTwice(ctx, name, before.span);
    warnHidden(ctx, outer, name);
    const range = bound === null ? null : evaluateBound(ctx, outer, bound);
    if (bound !== null && range === null) return null;
    if (range !== null) bounds.set(name.text, range);
    fresh.set(name.text, { key: keyOf(name), extent: range?.dim ?? null, span: name.span });
  }
  const open: Frame = { ...outer, letters: new Map([...outer.letters, ...fresh]) };
  const { sightings, whole } = scanLetters(ctx, open, new Set(fresh.keys()), body);
  const letters = new Map<string, Letter>();
  const labels = new Map<string, Label>();
  for (const [name, letter] of fresh) {
    const seen = sightings.filter((sighting) => sighting.letter === name);
    const range = bounds.get(name) ?? agreedExtent(ctx, name, seen);
    if (range === null) {
      const spoiled = whole.failed || body.some((expr) => ctx.reportedIn(expr.span));
      if (seen.length === 0 && !spoiled) reportNoRange(ctx, name, letter.span);
      return null;
    }
    letters.set(name, { ...letter, extent: range.dim });
    labels.set(letter.key, range.label);
  }
  return {
    frame: {
      ...outer,
      letters: new Map([...outer.letters, ...letters]),
      whole: new Map([...(outer.whole ?? []), ...whole.items]),
    },
    letters: [...letters.values()],
    labels,
  };
};

const reportTwice = (ctx: Context, { text, span }: Name, before: Span): null => {
  const detail = {
    label: "the same letter again",
    labels: [{ span: before, text: `\`${text}\` already ranges over an axis here` }],
    helps: [{ text: "use another letter" }],
  };
  ctx.report(diagnostic("DLM0207", span, { name: text }, detail));
  return null;
};

const warnHidden = (ctx: Context, frame: Frame, { text, span }: Name): void => {
  if (find(frame.scope, text)?.item.kind === "tensor")
    ctx.report(diagnostic("DLM0912", span, { letter: text }));
};

const evaluateBound = (
  ctx: Context,
  frame: Frame,
  bound: Expr,
): { readonly dim: Dim; readonly label: Label } | null => {
  const item = ctx.evaluate(bound, frame);
  const dim = toSize(ctx, item, bound.span);
  if (dim === null) return null;
  const label = item.kind === "size" || item.kind === "ratio" ? (item.label ?? null) : null;
  if (typeof dim === "number" && dim < 0) {
    const size = label ?? expressionText(bound);
    ctx.report(diagnostic("DLM0408", bound.span, { what: "tensor", size, value: dim }));
    return null;
  }
  return { dim, label };
};

/** The extent that every lone subscript gives, or null after a report that two of them differ. */
const agreedExtent = (
  ctx: Context,
  name: string,
  seen: readonly Sighting[],
): { readonly dim: Dim; readonly label: Label } | null => {
  const [first] = seen;
  if (first === undefined) return null;
  const other = seen.find(({ extent }) => !equalDims(extent, first.extent));
  if (other === undefined) {
    const label = seen.map((sighting) => sighting.label).find((each) => each !== null) ?? null;
    return { dim: first.extent, label };
  }
  reportDiffer(ctx, name, first, other);
  return null;
};

/** `T`, or `ctx = 256` for a name that has a value. */
const sizeText = ({ extent, label }: Sighting): string =>
  label === null || label === printDim(extent)
    ? printDim(extent)
    : `${label} = ${printDim(extent)}`;

const reportDiffer = (ctx: Context, letter: string, first: Sighting, other: Sighting): void => {
  const named = ({ extent, label }: Sighting): string => label ?? printDim(extent);
  // A fixed table against a size that is bound at run time: the table can be shortened.
  const table = [first, other].find(({ extent }) => typeof extent === "number");
  const length = [first, other].find((sighting) => sighting !== table);
  const slices =
    table === undefined || length === undefined || typeof length.extent === "number"
      ? []
      : shorten(table, length);
  const detail = {
    label: `${sizeText(other)} here`,
    labels: [{ span: first.span, text: `${sizeText(first)} here` }],
    helps: slices,
  };
  const holes = { letter, first: named(first), second: named(other) };
  ctx.report(diagnostic("DLM0406", other.span, holes, detail));
};

const shorten = (table: Sighting, length: Sighting) => {
  if (table.axis !== 0) return [];
  const base = expressionText(table.base);
  const slice = `${base}[:${length.label ?? printDim(length.extent)}]`;
  const fix = { span: table.base.span, text: slice, safe: false };
  return [{ text: `shorten the table first: \`let pos = ${slice}\``, fix }];
};

const reportNoRange = (ctx: Context, letter: string, span: Span): void => {
  const helps = [{ text: `give it a bound: \`${letter} < n\`` }];
  ctx.report(diagnostic("DLM0413", span, { letter }, { helps }));
};
