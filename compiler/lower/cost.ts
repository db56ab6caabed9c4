// What one evaluation of an expression costs, in additions.

import type { Costs } from "../costs/target.ts";
import type { Expr } from "../kernel/expr.ts";
import { createFreeAxes } from "./access.ts";
import { childrenOf } from "./intern.ts";

/** Arithmetic on elements; index arithmetic and what the operands cost are left out. */
export const workOf = (expr: Expr, costs: Costs): number => {
  const seen = new Set<Expr>();
  const visit = (e: Expr): number => {
    if (seen.has(e) || e.kind === "load") return 0;
    seen.add(e);
    const own = e.kind === "call" ? callWork(e, costs) : 0;
    return childrenOf(e).reduce((sum, child) => sum + visit(child), own);
  };
  return visit(expr);
};

type Changes = (axes: ReadonlySet<string>) => number;
type Call = Extract<Expr, { kind: "call" }>;

/** The same in loops: each part as often as what it depends on changes. */
export const workInLoops = (expr: Expr, costs: Costs, changes: Changes): number =>
  callsInLoops([expr], (call) => callWork(call, costs), changes);

/** Divisions and remainders of positions in loops. */
export const divisionsIn = (index: readonly Expr[], changes: Changes): number =>
  callsInLoops(index, ({ fn }) => (fn === "div" || fn === "mod" ? 1 : 0), changes);

const callsInLoops = (
  exprs: readonly Expr[],
  weightOf: (call: Call) => number,
  changes: Changes,
): number => {
  const freeAxes = createFreeAxes();
  const seen = new Set<Expr>();
  const visit = (e: Expr): number => {
    if (seen.has(e) || e.kind === "load") return 0;
    seen.add(e);
    const own = e.kind === "call" ? weightOf(e) : 0;
    const times = own === 0 ? 0 : changes(freeAxes(e));
    return childrenOf(e).reduce((sum, child) => sum + visit(child), own * times);
  };
  return exprs.reduce((sum, expr) => sum + visit(expr), 0);
};

/** Whether an element is one of the operand where positions allow it, and a constant elsewhere. */
export const isGuarded = (expr: Expr): boolean => {
  if (expr.kind !== "call" || expr.fn !== "select") return false;
  const [condition, then, otherwise] = expr.args;
  return then!.kind === "load" && otherwise!.kind === "number" && !hasLoads(condition!);
};

const hasLoads = (expr: Expr): boolean => expr.kind === "load" || childrenOf(expr).some(hasLoads);

const callWork = (e: Call, costs: Costs): number =>
  e.dtype === "i32" && e.args.every((a) => a.kind !== "load") ? 0 : costs.functions[e.fn];
