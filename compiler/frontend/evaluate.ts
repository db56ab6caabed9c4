// An expression into the item it evaluates to, by its kind.

import type { BinaryExpr, Expr, ListExpr, NextExpr } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { binary, unary } from "./arithmetic.ts";
import { evaluateCall } from "./call.ts";
import type { Context, Frame } from "./context.ts";
import { evaluateMember } from "./member.ts";
import { evaluateName } from "./name.ts";
import { find } from "./scope.ts";
import { select } from "./select.ts";
import { evaluatePipe } from "./stages.ts";
import { index } from "./subscript.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

/** Ops built for the expression carry its span. */
export const evaluate = (ctx: Context, frame: Frame, expr: Expr): Item => {
  const ready = frame.whole?.get(expr);
  if (ready !== undefined) return ready;
  switch (expr.kind) {
    case "number":
      return expr.int ? { kind: "size", dim: expr.value } : { kind: "float", value: expr.value };
    case "string":
      return { kind: "string", value: expr.value };
    case "bool":
      return { kind: "bool", value: expr.value };
    case "name":
      return evaluateName(ctx, frame, expr);
    case "next":
      return evaluateNext(ctx, frame, expr);
    case "list":
      return evaluateList(ctx, frame, expr);
    case "tuple":
      return {
        kind: "tuple",
        items: expr.items.map((item) => ctx.evaluate(item, frame)),
        names: null,
      };
    case "unary": {
      const operand = ctx.evaluate(expr.operand, frame);
      ctx.builder.at(expr.span);
      return operand.kind === "unknown" ? unknown : unary(ctx, frame, expr, operand);
    }
    case "binary":
      return evaluateBinary(ctx, frame, expr);
    case "if":
      return select(ctx, frame, expr);
    case "pipe":
      return evaluatePipe(ctx, frame, expr);
    case "call":
      return evaluateCall(ctx, frame, expr, []);
    case "index":
      return index(ctx, frame, expr);
    case "member":
      return evaluateMember(ctx, frame, expr);
    case "hole":
      return unknown;
    default:
      return expr satisfies never;
  }
};

/** `and` and `or` with a static left side that decides never look at the right one. */
const evaluateBinary = (ctx: Context, frame: Frame, expr: BinaryExpr): Item => {
  const left = ctx.evaluate(expr.left, frame);
  if (left.kind === "bool" && expr.op === (left.value ? "or" : "and")) return left;
  const right = ctx.evaluate(expr.right, frame);
  if (left.kind === "unknown" || right.kind === "unknown") return unknown;
  ctx.builder.at(expr.span);
  return binary(ctx, frame, expr, left, right);
};

/** `next h` as a value: what the statement `next h = …` above gave. */
const evaluateNext = (ctx: Context, frame: Frame, { name, span }: NextExpr): Item => {
  const cell = frame.body?.cells.get(name.text);
  if (cell === undefined) {
    if (name.text !== "") ctx.report(diagnostic("DLM0503", name.span, { name: name.text }));
    return unknown;
  }
  if (cell.next !== null) return cell.next;
  ctx.report(diagnostic("DLM0216", span, { name: `next ${name.text}` }));
  return unknown;
};

/** Lists grow only by spreading others; one of this length is a mistake. */
const longestList = 100_000;

const evaluateList = (ctx: Context, frame: Frame, expr: ListExpr): Item => {
  const items: Item[] = [];
  for (const part of expr.items) {
    if (part.kind !== "spread") {
      items.push(ctx.evaluate(part, frame));
      continue;
    }
    const name = part.name?.text ?? "...";
    const list = find(frame.scope, name)?.item;
    if (list?.kind === "unknown") return unknown;
    if (list?.kind !== "list") {
      const actual = list === undefined ? "unknown here" : "no list";
      ctx.report(diagnostic("DLM0210", part.span, { name, actual, expected: "a list of sizes" }));
      return unknown;
    }
    if (items.length + list.items.length > longestList) {
      const holes = { name, value: `${items.length + list.items.length} long` };
      const expected = `at most ${longestList} long`;
      ctx.report(diagnostic("DLM0316", part.span, { ...holes, expected }));
      return unknown;
    }
    for (const item of list.items) items.push(item);
  }
  return items.some((item) => item.kind === "unknown") ? unknown : { kind: "list", items };
};
