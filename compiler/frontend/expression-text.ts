// An expression back to the text a reader would write, for messages and labels.

import type { Expr, ListExpr, Stage, Subscript } from "../../grammar/ast.ts";
import { bindingPower, isRightAssociative, prefixPower } from "../../grammar/precedence.ts";

/** How tightly the outermost operator of an expression binds; suffixes and literals never need parentheses. */
const power = (expr: Expr): number => {
  switch (expr.kind) {
    case "if":
    case "pipe":
      return 0;
    case "binary":
      return bindingPower[expr.op];
    case "unary":
      return prefixPower[expr.op];
    default:
      return 20;
  }
};

const within = (expr: Expr, least: number): string =>
  power(expr) < least ? `(${expressionText(expr)})` : expressionText(expr);

const subscriptText = (subscript: Subscript): string => {
  if (subscript.kind === "at") return expressionText(subscript.value);
  const end = (expr: Expr | null): string => (expr === null ? "" : expressionText(expr));
  return `${end(subscript.from)}:${end(subscript.to)}`;
};

const stageText = (stage: Stage): string => {
  switch (stage.kind) {
    case "apply":
      return expressionText(stage.target);
    case "repeat":
      return `repeat ${within(stage.over, 1)} { … }`;
    case "scan":
      return `scan ${stage.axis.text} { … }`;
    default:
      return stage satisfies never;
  }
};

const itemText = (item: ListExpr["items"][number]): string =>
  item.kind === "spread" ? `...${item.name?.text ?? ""}` : expressionText(item);

const list = (parts: readonly string[]): string => parts.join(", ");

export const expressionText = (expr: Expr): string => {
  switch (expr.kind) {
    case "number":
      return expr.text;
    case "string":
      return JSON.stringify(expr.value);
    case "bool":
      return String(expr.value);
    case "name":
      return expr.name;
    case "next":
      return `next ${expr.name.text}`;
    case "list":
      return `[${list(expr.items.map(itemText))}]`;
    case "tuple":
      return `(${list(expr.items.map(expressionText))})`;
    case "unary":
      return `${expr.op === "not" ? "not " : "-"}${within(expr.operand, power(expr))}`;
    case "binary": {
      const own = bindingPower[expr.op];
      const [left, right] = isRightAssociative(expr.op) ? [own + 1, own] : [own, own + 1];
      const space = expr.op === "^" ? "" : " ";
      return `${within(expr.left, left)}${space}${expr.op}${space}${within(expr.right, right)}`;
    }
    case "if":
      return `if ${expressionText(expr.condition)} then ${expressionText(expr.then)} else ${expressionText(expr.else)}`;
    case "pipe":
      return [within(expr.head, 1), ...expr.stages.map(stageText)].join(" -> ");
    case "call": {
      const args = expr.args.map(({ name, value }) =>
        name === null ? expressionText(value) : `${name.text} = ${expressionText(value)}`,
      );
      return `${within(expr.callee, 20)}(${list(args)})`;
    }
    case "index":
      return `${within(expr.base, 20)}[${list(expr.subscripts.map(subscriptText))}]`;
    case "member":
      return `${within(expr.base, 20)}.${expr.member.text}`;
    case "hole":
      return "…";
    default:
      return expr satisfies never;
  }
};
