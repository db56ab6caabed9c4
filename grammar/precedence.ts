// A flat list of operands and operators into a tree, by binding powers (a Pratt pass).

import type { BinaryOp, Expr } from "./ast.ts";
import { cover } from "./span.ts";
import type { Span } from "./span.ts";

export type PrefixOp = "-" | "not";
export type Operator<Op> = { readonly op: Op; readonly span: Span };
/** `- - x`: prefix operators from the outside in, then the operand they stand before. */
export type Operand = { readonly prefixes: readonly Operator<PrefixOp>[]; readonly value: Expr };

/** Loose to tight; a higher number binds tighter. */
export const bindingPower: Readonly<Record<BinaryOp, number>> = {
  or: 1,
  and: 3,
  "==": 7,
  "!=": 7,
  "<": 7,
  "<=": 7,
  ">": 7,
  ">=": 7,
  "+": 9,
  "-": 9,
  "*": 11,
  "/": 11,
  "%": 11,
  "@": 11,
  "^": 15,
};
export const prefixPower: Readonly<Record<PrefixOp, number>> = { not: 5, "-": 13 };
export const isComparison = (op: BinaryOp): boolean => bindingPower[op] === 7;
export const isRightAssociative = (op: BinaryOp): boolean => op === "^";

/**
 * `operands[0] operators[0] operands[1] …` as a tree; there is one operator fewer than operands.
 * `chained` is told the two comparisons of `a < b < c`.
 */
export const applyPrecedence = (
  operands: readonly Operand[],
  operators: readonly Operator<BinaryOp>[],
  chained: (first: Operator<BinaryOp>, second: Operator<BinaryOp>) => void,
): Expr => {
  let next = 0;
  const parsePrefixed = (operand: Operand, depth: number): Expr => {
    const prefix = operand.prefixes[depth];
    if (prefix === undefined) return operand.value;
    const inner = parsePrefixed(operand, depth + 1);
    const value = parseTail(inner, prefixPower[prefix.op]);
    return {
      kind: "unary",
      span: cover(prefix.span, value.span),
      op: prefix.op,
      operand: value,
    };
  };
  const parseTail = (head: Expr, minimum: number): Expr => {
    let left = head;
    let comparison: Operator<BinaryOp> | null = null;
    for (;;) {
      const operator = operators[next];
      const operand = operands[next + 1];
      if (operator === undefined || operand === undefined) return left;
      const power = bindingPower[operator.op];
      if (power < minimum) return left;
      next += 1;
      if (isComparison(operator.op)) {
        if (comparison !== null) chained(comparison, operator);
        comparison = operator;
      }
      const rightPower = isRightAssociative(operator.op) ? power : power + 1;
      const right = parseTail(parsePrefixed(operand, 0), rightPower);
      left = {
        kind: "binary",
        span: cover(left.span, right.span),
        op: operator.op,
        opSpan: operator.span,
        left,
        right,
      };
    }
  };
  const first = operands[0]!;
  return parseTail(parsePrefixed(first, 0), 0);
};
