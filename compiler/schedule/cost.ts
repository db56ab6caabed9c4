// What one element of a nest costs when some of its axes are computed several at a time.

import type { Expr } from "../kernel/expr.ts";
import { childrenOf } from "../lower/intern.ts";
import type { Costs } from "../costs/target.ts";

/** An operation, and the axes that its value depends on. */
export type Part = { readonly weight: number; readonly axes: ReadonlySet<string> };

/** An axis and how many of its iterations are written side by side. */
export type Lanes = { readonly axis: string; readonly count: number };

const weightOf = (expr: Expr, { load, functions }: Costs): number => {
  if (expr.kind === "load") return load;
  return expr.kind === "call" ? functions[expr.fn] : 0;
};

/** The operations of a reduction's body, each once, without those of addresses. Null if it reduces again. */
export const partsOf = (body: Expr, costs: Costs): readonly Part[] | null => {
  const axesOf = new Map<Expr, ReadonlySet<string>>();
  const parts: Part[] = [];
  let nested = false;
  const visit = (expr: Expr, counts: boolean): ReadonlySet<string> => {
    const known = axesOf.get(expr);
    if (known !== undefined) return known;
    if (expr.kind === "reduce") nested = true;
    const inner = childrenOf(expr).map((c) => visit(c, counts && expr.kind !== "load"));
    const axes =
      expr.kind === "axis" ? new Set([expr.name]) : new Set(inner.flatMap((set) => [...set]));
    axesOf.set(expr, axes);
    if (counts) parts.push({ weight: weightOf(expr, costs), axes });
    return axes;
  };
  visit(body, true);
  return nested ? null : parts;
};

/** Σ weight / product of the lanes of axes that a part does not depend on: those share it. */
export const costOf = (parts: readonly Part[], lanes: readonly Lanes[]): number =>
  parts.reduce((sum, { weight, axes }) => {
    const shared = lanes.filter((l) => !axes.has(l.axis)).reduce((n, l) => n * l.count, 1);
    return sum + weight / shared;
  }, 0);

/** Operations written once per lane, all lanes together. */
export const writtenOut = (parts: readonly Part[], lanes: readonly Lanes[]): number => {
  const own = parts.filter((p) => p.weight > 0 && lanes.every((l) => p.axes.has(l.axis)));
  return own.length * lanes.reduce((n, l) => n * l.count, 1);
};
