// The table of functions that `.dlm` cannot say, and a call of one by name.

import type { Span } from "../../grammar/span.ts";
import type { CallArg, Context, Frame } from "./context.ts";
import { refuseLetters } from "./convert.ts";
import { matchIntrinsic, rewriteKeep } from "./intrinsics/arguments.ts";
import { compileTimeIntrinsics } from "./intrinsics/compile-time.ts";
import type { Intrinsic } from "./intrinsics/define.ts";
import { drawIntrinsics } from "./intrinsics/draws.ts";
import { orderIntrinsics } from "./intrinsics/order.ts";
import { reduceIntrinsics } from "./intrinsics/reduce.ts";
import { scalarIntrinsics } from "./intrinsics/scalar.ts";
import { scatterIntrinsics } from "./intrinsics/scatter.ts";
import { shapeIntrinsics } from "./intrinsics/shape.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

export const intrinsics: ReadonlyMap<string, Intrinsic> = new Map(
  Object.entries({
    ...scalarIntrinsics,
    ...reduceIntrinsics,
    ...orderIntrinsics,
    ...shapeIntrinsics,
    ...scatterIntrinsics,
    ...drawIntrinsics,
    ...compileTimeIntrinsics,
  }),
);

export const hasOver = ({ params }: Intrinsic): boolean =>
  params.some((param) => param.name === "over");

const perLetter = (item: Item): boolean => item.kind === "indexed" || item.kind === "affine";

export const callIntrinsic = (
  ctx: Context,
  frame: Frame,
  name: string,
  args: readonly CallArg[],
  span: Span,
): Item => {
  const intrinsic = intrinsics.get(name);
  if (intrinsic === undefined || args.some(({ item }) => item.kind === "unknown")) return unknown;
  const lettered = args.find(({ item }) => perLetter(item));
  if (intrinsic.pointwise !== true && lettered !== undefined) {
    refuseLetters(ctx, name, lettered.span);
    return unknown;
  }
  const whole = hasOver(intrinsic) ? rewriteKeep(ctx, args) : args;
  const matched = whole === null ? null : matchIntrinsic(ctx, name, intrinsic, whole, span);
  if (matched === null) return unknown;
  ctx.builder.at(span);
  return intrinsic.run({ ctx, frame, name, span, ...matched });
};
