// Loads that positions guard, as those of padding: what shares a condition shares a branch.

import type { Expr } from "../../kernel/expr.ts";

/** A load where a condition holds, a number elsewhere. */
export type GuardedLoad = {
  readonly expr: Expr;
  readonly condition: Expr;
  readonly load: Expr;
  readonly otherwise: Expr;
};

export const guardedLoad = (expr: Expr): GuardedLoad | null => {
  if (expr.kind !== "call" || expr.fn !== "select") return null;
  const [condition, load, otherwise] = expr.args as [Expr, Expr, Expr];
  if (load.kind !== "load" || otherwise.kind !== "number") return null;
  return { expr, condition, load, otherwise };
};
