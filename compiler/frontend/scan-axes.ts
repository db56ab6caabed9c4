// The values that a scan walks along, to where each has the scanned axis, and to what one step sees of them.

import type { ScanStage } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { printDim } from "../ir/dim-text.ts";
import { equalDims } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { axesNamed, labelledShape, resolveAxis } from "./axes.ts";
import type { Context, Frame } from "./context.ts";
import { sliceStack } from "./open-scan.ts";
import type { OpenScan } from "./open-scan.ts";
import type { Item, Label, TensorItem } from "./value.ts";

/** Where the scanned axis stands in a piped value. */
export type Sliced = { readonly axis: number; readonly length: Dim; readonly label: Label };

/** For every piped value where the axis is, null where it has none; null in all after a report. */
export const axesOf = (
  ctx: Context,
  frame: Frame,
  { axis: { text, span } }: ScanStage,
  piped: readonly Item[],
  place: Span,
): readonly (Sliced | null)[] | null => {
  if (piped.some((one) => one.kind === "unknown")) return null;
  const named = ctx.evaluate({ kind: "name", name: text, span }, frame);
  if (named.kind === "unknown") return null;
  const found: (Sliced | null)[] = [];
  for (const one of piped) {
    const some = one.kind === "tensor" && named.kind === "size" && axesNamed(one, named).length > 0;
    if (!some) {
      found.push(null);
      continue;
    }
    const site = { callee: "scan", argument: "axis", value: ctx.text(place), span };
    const axis = resolveAxis(ctx, one, named, site);
    if (axis === null) return null;
    found.push({ axis, length: one.value.type.shape[axis]!, label: one.labels[axis] ?? null });
  }
  if (found.some((one) => one !== null)) return found;
  const shapes = piped.map((one) => (one.kind === "tensor" ? labelledShape(one) : "no tensor"));
  const label = `this is \`${shapes.join(", ")}\``;
  const labels = [{ span: place, text: label }];
  ctx.report(diagnostic("DLM0512", span, { value: ctx.text(place), axis: text }, { labels }));
  return null;
};

/** Whether all are scanned over as many steps, and some; reports where not. */
export const sameLengths = (
  ctx: Context,
  { axis: { text, span } }: ScanStage,
  [first, ...others]: readonly Sliced[],
): boolean => {
  if (first!.length === 0) {
    ctx.report(
      diagnostic("DLM0408", span, { what: "scanned axis", size: `\`${text}\``, value: 0 }),
    );
    return false;
  }
  const other = others.find(({ length }) => !equalDims(length, first!.length));
  if (other === undefined) return true;
  const holes = { left: printDim(first!.length), right: printDim(other.length) };
  ctx.report(diagnostic("DLM0401", span, holes));
  return false;
};

/** One position of a piped value, without the axis. */
export const sliceOf = (
  ctx: Context,
  scan: OpenScan,
  item: TensorItem,
  { axis }: Sliced,
): TensorItem => {
  const { value, labels, axisOrigins } = item;
  const rest = labels.map((_, k) => k).filter((k) => k !== axis);
  const stack = ctx.builder.op("transpose", [value], { perm: [axis, ...rest] });
  const without = <T>(list: readonly T[]): readonly T[] => list.filter((_, k) => k !== axis);
  return {
    ...item,
    value: sliceStack(ctx, scan, stack, value.hint ?? "x"),
    labels: without(labels),
    ...(axisOrigins === undefined ? {} : { axisOrigins: without(axisOrigins) }),
  };
};
