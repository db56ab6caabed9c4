// Where along an axis an expression is a known number because a condition hides it: what a causal mask leaves out.

import { addI, int } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { printExpr } from "../../kernel/text.ts";
import { createFreeAxes } from "../access.ts";

/** Positions from `from` to before `to`; null where the axis itself ends. */
export type Ends = { readonly from: Expr | null; readonly to: Expr | null };

/** Outside `ends` every element is `value`; null for ends where all are. */
export type Hidden = { readonly ends: Ends | null; readonly value: number };

/** What is known of a buffer of one row along an axis of it. */
export type KnownBuffer = (buffer: string, dimension: number) => Hidden | null;

export const endsKey = ({ from, to }: Ends): string =>
  [from, to].map((end) => (end === null ? "" : printExpr(end))).join("..");

/** `rows`: axes that ends may depend on. */
export const createHiddenAlong = (
  axis: string,
  rows: ReadonlySet<string>,
  known: KnownBuffer,
): ((expr: Expr) => Hidden | null) => {
  const freeAxes = createFreeAxes();
  const seen = new Map<Expr, Hidden | null>();
  const isFree = (expr: Expr): boolean => !freeAxes(expr).has(axis);
  const isEnd = (expr: Expr): boolean => [...freeAxes(expr)].every((name) => rows.has(name));
  const isAxis = (expr: Expr): boolean => expr.kind === "axis" && expr.name === axis;

  const endsWhere = (condition: Expr): Ends | null => {
    if (condition.kind !== "call") return null;
    const [a, b] = condition.args;
    if (condition.fn === "and" || (condition.fn === "min" && condition.dtype === "bool"))
      return meet(endsWhere(a!), endsWhere(b!));
    if (condition.fn !== "le" && condition.fn !== "lt") return null;
    const past = condition.fn === "le" ? 1 : 0;
    if (isAxis(a!) && isEnd(b!)) return { from: null, to: addI(b!, int(past)) };
    if (isAxis(b!) && isEnd(a!)) return { from: addI(a!, int(1 - past)), to: null };
    return null;
  };

  const find = (expr: Expr): Hidden | null => {
    if (expr.kind === "number") return { ends: null, value: expr.value };
    if (expr.kind === "load") {
      const dimension = expr.index.findIndex(isAxis);
      return dimension < 0 ? null : known(expr.buffer, dimension);
    }
    if (expr.kind !== "call" || expr.dtype !== "f32") return null;
    const [a, b, c] = expr.args;
    switch (expr.fn) {
      case "select":
        return selected(a!, hidden(b!), hidden(c!));
      case "mul":
        return (
          zero(hidden(a!)) ?? zero(hidden(b!)) ?? scaled(hidden(a!), b!) ?? scaled(hidden(b!), a!)
        );
      case "div":
        return zero(hidden(a!));
      case "neg":
        return zero(hidden(a!));
      case "exp":
        return lowest(hidden(a!)) === null ? null : { ...hidden(a!)!, value: 0 };
      case "sub":
        return isFree(b!) || isGuarded(b!) ? lowest(hidden(a!)) : null;
      case "add":
        return both(zero(hidden(a!)), zero(hidden(b!)));
      default:
        return null;
    }
  };
  /** Outside the ends of the condition it is the other side; within them, or where the condition has none, either. */
  const selected = (condition: Expr, then: Hidden | null, other: Hidden | null): Hidden | null => {
    const ends = endsWhere(condition);
    if (other?.ends === null && ends !== null) return { ends, value: other.value };
    return then?.value === other?.value ? both(then, other) : null;
  };
  const hidden = (expr: Expr): Hidden | null => {
    const found = seen.get(expr);
    if (found !== undefined) return found;
    const made = find(expr);
    seen.set(expr, made);
    return made;
  };
  return hidden;
};

/** Whether it is `if x is infinite then a number else x`, as the maximum that softmax subtracts. */
export const isGuarded = (expr: Expr): boolean => {
  if (expr.kind !== "call" || expr.fn !== "select") return false;
  const [condition, then, x] = expr.args;
  const asked = condition!.kind === "call" && condition!.dtype === "bool" ? condition!.args : [];
  const compares = (a: Expr, b: Expr, value: number): boolean =>
    printExpr(a) === printExpr(x!) && b.kind === "number" && b.value === value;
  const [low, high] = asked;
  return (
    asked.length === 2 &&
    condition!.kind === "call" &&
    ["max", "or"].includes(condition!.fn) &&
    low!.kind === "call" &&
    low!.fn === "le" &&
    compares(low!.args[0]!, low!.args[1]!, -Infinity) &&
    high!.kind === "call" &&
    high!.fn === "le" &&
    compares(high!.args[1]!, high!.args[0]!, Infinity) &&
    then!.kind === "number" &&
    Number.isFinite(then!.value)
  );
};

const zero = (one: Hidden | null): Hidden | null => (one?.value === 0 ? one : null);
const lowest = (one: Hidden | null): Hidden | null => (one?.value === -Infinity ? one : null);
const scaled = (one: Hidden | null, by: Expr): Hidden | null =>
  by.kind === "number" && by.value > 0 ? lowest(one) : null;

/** Both of two conditions: of two ends on one side the first stays, which leaves in at most more. */
const meet = (a: Ends | null, b: Ends | null): Ends | null =>
  a === null || b === null ? (a ?? b) : { from: a.from ?? b.from, to: a.to ?? b.to };

/** Where two of one value hide the same. */
const both = (a: Hidden | null, b: Hidden | null): Hidden | null => {
  if (a === null || b === null) return null;
  if (a.ends === null || b.ends === null) return a.ends === null ? b : a;
  return endsKey(a.ends) === endsKey(b.ends) ? a : null;
};
