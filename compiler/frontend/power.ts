// `^` on tensors: products for a static whole exponent, `pow` otherwise.

import type { Span } from "../../grammar/span.ts";
import type { Value } from "../ir/graph.ts";
import type { Context } from "./context.ts";
import { dtypeOf, knownNumber } from "./convert.ts";
import { align, arithmeticTyping, floatTyping } from "./pointwise.ts";
import type { Operand } from "./pointwise.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

/** Above this many factors `pow` is as good. */
const mostFactors = 64;

/** The base multiplied by itself, by squaring; right for a negative base, and 1 for the exponent 0. */
const repeated = (ctx: Context, base: Value, times: number): Value => {
  const { builder: b } = ctx;
  if (times === 0) return b.constant(1, base.type);
  if (times === 1) return base;
  const half = repeated(ctx, base, Math.floor(times / 2));
  const square = b.op("mul", [half, half]);
  return times % 2 === 0 ? square : b.op("mul", [square, base]);
};

export const power = (ctx: Context, operands: readonly [Operand, Operand], span: Span): Item => {
  const [base, exponent] = operands;
  const known = knownNumber(exponent.item);
  const floatBase = dtypeOf(base.item) === "f32";
  const whole = known !== null && Number.isInteger(known) && Math.abs(known) <= mostFactors;
  if (!whole || (exponent.item.kind === "float" && !floatBase)) {
    const aligned = align(ctx, "^", operands, floatTyping, span);
    return aligned === null ? unknown : aligned.wrap(ctx.builder.op("pow", aligned.values));
  }
  const typing = known < 0 ? floatTyping : arithmeticTyping;
  const aligned = align(ctx, "^", [base], typing, span);
  if (aligned === null) return unknown;
  const product = repeated(ctx, aligned.values[0]!, Math.abs(known));
  if (known >= 0) return aligned.wrap(product);
  const one = ctx.builder.constant(1, product.type);
  return aligned.wrap(ctx.builder.op("div", [one, product]));
};
