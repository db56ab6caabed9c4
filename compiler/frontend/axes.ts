// Axis arguments (a number, a size name, a list of either) to positions.

import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { printDim } from "../ir/dim-text.ts";
import type { Context, Detail } from "./context.ts";
import { describeItem } from "./describe.ts";
import type { Item, ListItem, TensorItem } from "./value.ts";

/** Who asks: the function, the argument's name (`over`), and the text of the tensor. */
export type AxisSite = {
  readonly callee: string;
  readonly argument: string;
  readonly value: string;
  readonly span: Span;
};

/** `[B, heads, T]`, by label where an axis has one. */
export const labelledShape = ({ value, labels }: TensorItem): string =>
  `[${value.type.shape.map((dim, axis) => labels[axis] ?? printDim(dim)).join(", ")}]`;

/** Axes that a size item names: by label first, by number, by the value of a literal axis last. */
export const axesNamed = (
  x: TensorItem,
  item: Item & { readonly kind: "size" },
): readonly number[] => {
  const { shape } = x.value.type;
  const rank = shape.length;
  const all = shape.map((_, axis) => axis);
  if (item.label != null) {
    const named = all.filter((axis) => x.labels[axis] === item.label);
    if (named.length > 0) return named;
  }
  const { dim } = item;
  const numbered = typeof dim === "number" && -rank <= dim && dim < rank;
  if (numbered && item.fromShape !== true) return [dim < 0 ? dim + rank : dim];
  // `let T = 28` names the axis that is written as 28; an axis that lost its label is known by its size.
  return all.filter((axis) => {
    const label = x.labels[axis];
    return (label == null || /^\d+$/.test(label)) && printDim(shape[axis]!) === printDim(dim);
  });
};

/** `T`, `-1`, `[0, T]` */
const axisText = (item: Item): string => {
  if (item.kind === "list") return `[${item.items.map(axisText).join(", ")}]`;
  return item.kind === "size" ? (item.label ?? printDim(item.dim)) : "…";
};

const report = (
  ctx: Context,
  x: TensorItem,
  item: Item,
  site: AxisSite,
  problem: string,
  detail: Detail = {},
): null => {
  const argument = `${site.argument} = ${axisText(item)}`;
  const holes = { argument, problem, value: site.value, shape: labelledShape(x) };
  ctx.report(diagnostic("DLM0407", site.span, holes, detail));
  return null;
};

/** Letters for the axes of a tensor: the initials of their labels, the next free one where taken. */
const suggestLetters = (x: TensorItem): readonly string[] => {
  const taken: string[] = [];
  for (const label of x.labels) {
    let code = (/[a-z]/i.exec(label ?? "")?.[0] ?? "i").toLowerCase().charCodeAt(0);
    while (taken.includes(String.fromCharCode(code))) code = code === 122 ? 97 : code + 1;
    taken.push(String.fromCharCode(code));
  }
  return taken;
};

const reportAmbiguous = (
  ctx: Context,
  x: TensorItem,
  item: Item,
  axes: readonly number[],
  site: AxisSite,
): null => {
  const rank = x.value.type.shape.length;
  const last = axes.at(-1)!;
  const letters = suggestLetters(x);
  const all = letters.join(", ");
  const call = `let a[${all}] = ${site.callee}[${letters[last]!}](${site.value}[${all}])`;
  const helps = [
    { text: `use an axis number, \`${site.argument} = ${last - rank}\`` },
    { text: `or index letters: \`${call}\`` },
  ];
  const label = `matches ${axes.map((axis) => `axis ${axis}`).join(" and ")}`;
  return report(ctx, x, item, site, "is ambiguous", { label, helps });
};

/** One axis, or null after a report. */
export const resolveAxis = (
  ctx: Context,
  x: TensorItem,
  item: Item,
  site: AxisSite,
): number | null => {
  if (item.kind === "unknown") return null;
  if (item.kind !== "size") {
    const holes = { expected: "an axis number or a size name", actual: describeItem(item) };
    ctx.report(diagnostic("DLM0304", site.span, holes));
    return null;
  }
  const found = axesNamed(x, item);
  const [axis] = found;
  if (axis === undefined) return report(ctx, x, item, site, "names no axis");
  return found.length === 1 ? axis : reportAmbiguous(ctx, x, item, found, site);
};

/** Axes in ascending order, or null after a report. */
export const resolveAxes = (
  ctx: Context,
  x: TensorItem,
  item: Item,
  site: AxisSite,
): readonly number[] | null => {
  if (item.kind !== "list") {
    const axis = resolveAxis(ctx, x, item, site);
    return axis === null ? null : [axis];
  }
  const axes: number[] = [];
  for (const each of item.items) {
    const axis = resolveAxis(ctx, x, each, site);
    if (axis === null) return null;
    if (axes.includes(axis)) return report(ctx, x, item, site, "names an axis twice");
    axes.push(axis);
  }
  return axes.sort((a, b) => a - b);
};

export const axisList = (axes: readonly number[]): ListItem => ({
  kind: "list",
  items: axes.map((dim) => ({ kind: "size", dim })),
});

/** `over` as axis numbers, so that a function's body sees the axes the caller meant; null after a report. */
export const normalizeOver = (ctx: Context, x: Item, over: Item, site: AxisSite): Item | null => {
  if (x.kind !== "tensor") return over;
  const parts = over.kind === "list" ? over.items : [over];
  const named = parts.some((part) => part.kind === "size" && part.label != null);
  if (!named) return over;
  const axes = resolveAxes(ctx, x, over, site);
  if (axes === null) return null;
  return over.kind === "list" ? axisList(axes) : { kind: "size", dim: axes[0]! };
};

/** `keep = k` as the list of the other axes; null after a report. */
export const complementAxes = (
  ctx: Context,
  x: Item,
  keep: Item,
  span: Span,
  value = "this",
): ListItem | null => {
  if (x.kind !== "tensor") {
    if (x.kind !== "unknown") {
      const holes = { expected: "a tensor to keep axes of", actual: describeItem(x) };
      ctx.report(diagnostic("DLM0304", span, holes));
    }
    return null;
  }
  const kept = resolveAxes(ctx, x, keep, { callee: "sum", argument: "keep", value, span });
  if (kept === null) return null;
  return axisList(x.labels.map((_, axis) => axis).filter((axis) => !kept.includes(axis)));
};

/** DLM0407: `over` and `keep` in one call. */
export const reportOverAndKeep = (
  ctx: Context,
  x: Item,
  keep: Item,
  value: string,
  span: Span,
): void => {
  if (x.kind !== "tensor") return;
  const site = { callee: "", argument: "keep", value, span };
  report(ctx, x, keep, site, "and `over` exclude each other");
};
