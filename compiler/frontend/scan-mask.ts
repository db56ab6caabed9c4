// `scan T where mask`: at steps where the mask is false, states keep their value and results are 0.

import type { ScanStage } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { equalDims } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import { broadcastTo, reshapeTo } from "../ops/compose.ts";
import type { Context, Frame } from "./context.ts";
import { dtypeOf } from "./convert.ts";
import { describeItem, describeShape, describeType } from "./describe.ts";
import { axesOf } from "./scan-axes.ts";
import type { Sliced } from "./scan-axes.ts";
import type { TensorItem } from "./value.ts";

type Mask = { readonly item: TensorItem; readonly axis: Sliced; readonly span: Span };

/** What one step sees of the mask, and where `where` names it. */
export type StepMask = { readonly value: Value; readonly span: Span };

/** The mask with its scanned axis; null where every step counts. */
export const evaluateMask = (
  ctx: Context,
  frame: Frame,
  stage: ScanStage,
): Mask | null | "refused" => {
  if (stage.mask === null) return null;
  const { span } = stage.mask;
  const item = ctx.evaluate(stage.mask, frame);
  if (item.kind === "unknown") return "refused";
  if (item.kind === "bool" && item.value) return null;
  if (dtypeOf(item) !== "bool") {
    ctx.report(diagnostic("DLM0306", span, { actual: describeItem(item) }));
    return "refused";
  }
  const axis = axesOf(ctx, frame, stage, [item], span)?.[0];
  return axis == null || item.kind !== "tensor" ? "refused" : { item, axis, span };
};

/** `fresh` where the mask is true, `kept` elsewhere; null after a report that they do not fit. */
export const selectSteps = (
  { builder, report }: Context,
  mask: StepMask | null,
  fresh: Value,
  kept: Value | null,
): Value | null => {
  if (mask === null) return fresh;
  const { shape } = fresh.type;
  const own = mask.value.type.shape;
  const fits =
    own.length <= shape.length &&
    own.every((dim, axis) => dim === 1 || equalDims(dim, shape[axis]!));
  if (!fits) {
    const what = kept === null ? "result" : "state";
    const holes = { mask: describeType(mask.value.type), what, shape: describeShape(shape) };
    report(diagnostic("DLM0513", mask.span, holes));
    return null;
  }
  // The axes of the mask are the first ones: bool[B] against [B, units].
  const column = reshapeTo(builder, mask.value, [...own, ...shape.slice(own.length).map(() => 1)]);
  const other = kept ?? builder.constant(0, fresh.type);
  return builder.op("select", [broadcastTo(builder, column, shape), fresh, other]);
};
