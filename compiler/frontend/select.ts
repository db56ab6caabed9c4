// `if`: one branch built where the condition is known when compiling, else an elementwise select of both.

import type { IfExpr } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { canMeet } from "./broadcast.ts";
import type { Context, Frame } from "./context.ts";
import { dtypeOf, promote } from "./convert.ts";
import { describeItem, describeShape } from "./describe.ts";
import { expressionText } from "./expression-text.ts";
import { hostCall, hostExpr } from "./host-scalar.ts";
import { align, selectTyping } from "./pointwise.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

export const select = (ctx: Context, frame: Frame, expr: IfExpr): Item => {
  const condition = ctx.evaluate(expr.condition, frame);
  if (condition.kind === "unknown") return unknown;
  if (condition.kind === "bool")
    return ctx.evaluate(condition.value ? expr.then : expr.else, frame);
  if (dtypeOf(condition) !== "bool") {
    const actual = describeItem(condition);
    ctx.report(diagnostic("DLM0306", expr.condition.span, { actual }));
    return unknown;
  }
  const whenTrue = ctx.evaluate(expr.then, frame);
  const whenFalse = ctx.evaluate(expr.else, frame);
  return choose(ctx, expr, condition, whenTrue, whenFalse);
};

const choose = (
  ctx: Context,
  expr: IfExpr,
  condition: Item,
  whenTrue: Item,
  whenFalse: Item,
): Item => {
  if (whenTrue.kind === "unknown" || whenFalse.kind === "unknown") return unknown;
  const [a, b] = [dtypeOf(whenTrue), dtypeOf(whenFalse)];
  if (a === null || b === null) {
    const holes = { then: describeItem(whenTrue), else: describeItem(whenFalse) };
    const helps = [{ text: "the condition is only known at run time, so both must be numbers" }];
    ctx.report(diagnostic("DLM0307", expr.span, holes, { helps }));
    return unknown;
  }
  const exprs = [condition, whenTrue, whenFalse].map(hostExpr);
  const [c, s, t] = exprs;
  if (c != null && s != null && t != null) return hostCall("select", promote(a, b), [c, s, t]);
  if (whenTrue.kind === "tensor" && whenFalse.kind === "tensor") {
    const [then, other] = [whenTrue.value.type.shape, whenFalse.value.type.shape];
    if (!canMeet(then, other)) {
      const holes = { then: describeShape(then), else: describeShape(other) };
      ctx.report(diagnostic("DLM0409", expr.span, holes));
      return unknown;
    }
  }
  ctx.builder.at(expr.span);
  const operands = [
    { item: condition, text: expressionText(expr.condition) },
    { item: whenTrue, text: expressionText(expr.then) },
    { item: whenFalse, text: expressionText(expr.else) },
  ];
  const aligned = align(ctx, "if", operands, selectTyping, expr.span);
  return aligned === null ? unknown : aligned.wrap(ctx.builder.op("select", aligned.values));
};
