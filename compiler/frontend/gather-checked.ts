// A gather with what is known about its index: proved in range, checked at the boundary, or flagged at run time.

import type { Span } from "../../grammar/span.ts";
import type { Value } from "../ir/graph.ts";
import type { Context } from "./context.ts";
import { provedInRange } from "./index-range.ts";

/** The subscript as the source writes it. */
export type Site = { readonly text: string; readonly span: Span };

/** Whether indices need no flag at run time: proved, or an input that is checked before anything runs. */
export const isSafeIndex = (
  ctx: Context,
  index: Value,
  extent: Value["type"]["shape"][number],
  span: Span,
): boolean => provedInRange(index, extent, ctx.bounds) || ctx.indexRange(index, extent, span);

/**
 * x [β…, N, ρ…] at index [β…, ι…] → [β…, ι…, ρ…]. `checked: false` asks the kernel to set the module's status word
 * where an index lies outside; it reads 0 there.
 */
export const gatherChecked = (
  ctx: Context,
  x: Value,
  index: Value,
  batch: number,
  { span }: Site,
): Value => {
  const checked = isSafeIndex(ctx, index, x.type.shape[batch]!, span);
  return ctx.builder.op("gather", [x, index], { batch, checked });
};
