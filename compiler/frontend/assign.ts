// A value to the type that a declaration gives it.

import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { broadcastItem } from "./broadcast.ts";
import type { Context } from "./context.ts";
import { toTensor } from "./convert.ts";
import { describeType, dtypeWord } from "./describe.ts";
import type { Resolved } from "./types.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

/** Gives an item a declared type: numbers are broadcast to it, tensors must have its element type. */
export const assign = (ctx: Context, item: Item, declared: Resolved, span: Span): Item => {
  const tensor = toTensor(ctx, item, span, item.kind === "tensor" ? null : declared.dtype);
  if (tensor === null) return unknown;
  if (tensor.value.type.dtype !== declared.dtype) {
    ctx.report(
      diagnostic("DLM0304", span, {
        expected: dtypeWord(declared.dtype),
        actual: describeType(tensor.value.type),
      }),
    );
    return unknown;
  }
  return broadcastItem(ctx, tensor, declared.shape, declared.labels, span) ?? unknown;
};
