// Shapes that meet under one operator to the shape they broadcast to.

import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import { equalDims } from "../ir/dim.ts";
import type { Context } from "./context.ts";
import { reportMismatch } from "./mismatch.ts";
import type { Label, TensorItem } from "./value.ts";

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

const present = <T>(value: T | null | undefined): value is T =>
  value !== null && value !== undefined;

const sizeAt = ({ named, axis }: Axis): Dim => named.item.value.type.shape[axis]!;

const sideOf = ({ named, axis }: Axis) => ({ ...named, axis });
