// Shapes that meet under one operator to the shape they broadcast to, and tensors to a declared shape.

import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { printDim } from "../ir/dim-text.ts";
import type { Dim } from "../ir/dim.ts";
import { equalDims } from "../ir/dim.ts";
import { broadcastTo } from "../ops/compose.ts";
import type { Context } from "./context.ts";
import { toTensor } from "./convert.ts";
import { describeShape } from "./describe.ts";
import { reportMismatch } from "./mismatch.ts";
import type { Item, Label, TensorItem } from "./value.ts";

/** A tensor with the text it has in the source. */
export type Named = { readonly item: TensorItem; readonly text: string };

/** What an axis of the result takes its size, label and place from. */
type Axis = { readonly named: Named; readonly axis: number };

export type Meeting = {
  readonly shape: readonly Dim[];
  readonly labels: readonly Label[];
  readonly origins: readonly (Span | null)[];
};

/** Right-aligned: axes meet when equal, or when one is the literal 1. A symbol never broadcasts. */
export const meet = (ctx: Context, operands: readonly Named[], span: Span): Meeting | null => {
  const rank = Math.max(...operands.map(({ item }) => item.value.type.shape.length));
  const shape: Dim[] = [];
  const labels: Label[] = [];
  const origins: (Span | null)[] = [];
  for (let position = 0; position < rank; position++) {
    const axes = operands.flatMap((named): readonly Axis[] => {
      const axis = position - rank + named.item.value.type.shape.length;
      return axis < 0 ? [] : [{ named, axis }];
    });
    const wide = axes.filter((at) => !equalDims(sizeAt(at), 1));
    const chosen = wide[0] ?? axes[0]!;
    const other = wide.find((at) => !equalDims(sizeAt(at), sizeAt(chosen)));
    if (other !== undefined) return reportMismatch(ctx, sideOf(chosen), sideOf(other), span);
    const same = wide.length > 0 ? wide : axes;
    shape.push(sizeAt(chosen));
    labels.push(same.map(({ named, axis }) => named.item.labels[axis]).find(present) ?? null);
    origins.push(
      same.map(({ named, axis }) => named.item.axisOrigins?.[axis]).find(present) ?? null,
    );
  }
  return { shape, labels, origins };
};

/** Whether two shapes broadcast together. */
export const canMeet = (a: readonly Dim[], b: readonly Dim[]): boolean => {
  const shared = Math.min(a.length, b.length);
  return Array.from({ length: shared }, (_, i) => [a.at(-1 - i)!, b.at(-1 - i)!]).every(
    ([p, q]) => p === 1 || q === 1 || equalDims(p!, q!),
  );
};

const present = <T>(value: T | null | undefined): value is T =>
  value !== null && value !== undefined;

const sizeAt = ({ named, axis }: Axis): Dim => named.item.value.type.shape[axis]!;

const sideOf = ({ named, axis }: Axis) => ({ ...named, axis });

/**
 * A number or tensor as a tensor of `shape`, right-aligned, for declared types and defaults. The result's axes
 * carry `labels`. Reports where it does not fit.
 */
export const broadcastItem = (
  ctx: Context,
  item: Item,
  shape: readonly Dim[],
  labels: readonly Label[],
  span: Span,
): TensorItem | null => {
  const tensor = toTensor(ctx, item, span);
  if (tensor === null) return null;
  const own = tensor.value.type.shape;
  const lead = shape.length - own.length;
  const fits =
    lead >= 0 && own.every((dim, axis) => dim === 1 || equalDims(dim, shape[axis + lead]!));
  if (!fits) {
    const axis = own.findIndex((dim, i) => dim !== 1 && !equalDims(dim, shape[i + lead] ?? NaN));
    const wanted = describeShape(shape);
    if (lead < 0)
      ctx.report(diagnostic("DLM0420", span, { left: describeShape(own), right: wanted }));
    else {
      const holes = { left: printDim(own[axis]!), right: printDim(shape[axis + lead]!) };
      const label = `this is ${describeShape(own)}, the declared shape is ${wanted}`;
      ctx.report(diagnostic("DLM0401", span, holes, { label }));
    }
    return null;
  }
  const value = broadcastTo(ctx.builder, tensor.value, shape);
  return { kind: "tensor", value, labels, origin: tensor.origin };
};
