// Finds the matrix products in a kernel: sums over two operands that are each read again along an axis of the other.

import { evaluateDim } from "../../compiler/ir/dim.ts";
import type { AxisRange, Expr, ReduceAxis } from "../../compiler/kernel/expr.ts";
import type { Kernel, Stmt } from "../../compiler/kernel/kernel.ts";
import { axesIn } from "../../compiler/lower/access.ts";
import { childrenOf, endsOf } from "../../compiler/lower/intern.ts";

type Loop = Pick<ReduceAxis, "name" | "extent" | "range">;

const loadsIn = (expr: Expr): readonly Expr[] =>
  expr.kind === "load" ? [expr] : childrenOf(expr).flatMap(loadsIn);

/** Each of two loads varies along a loop around the sum along which the other does not. */
const isProduct = (body: Expr, around: readonly Loop[]): boolean => {
  const sets = loadsIn(body).map((load) => {
    const axes = axesIn([load]);
    return around.filter(({ name }) => axes.has(name)).map(({ name }) => name);
  });
  return sets.some((a) =>
    sets.some((b) => a.some((name) => !b.includes(name)) && b.some((name) => !a.includes(name))),
  );
};

/** Loops from one element of a buffer to another share their extent among those that they are begun for. */
const roundsIn = (loops: readonly Loop[], sizes: ReadonlyMap<string, number>): number =>
  loops
    .filter(
      ({ name }) => !loops.some(({ range }) => isPart(range) && axesIn(endsOf(range)).has(name)),
    )
    .reduce((count, { extent }) => count * evaluateDim(extent, sizes), 1);

const isPart = (range: AxisRange | null): boolean =>
  range?.from.kind === "load" && range.to.kind === "load";

/** Multiplications and additions of all products in a launch; 0 where there is none. */
export const productFlop = (kernel: Kernel, sizes: ReadonlyMap<string, number>): number => {
  const seen = new Set<Expr>();
  const ofExpr = (expr: Expr, around: readonly Loop[]): number => {
    if (seen.has(expr)) return 0;
    seen.add(expr);
    const inner = expr.kind === "reduce" ? [...around, ...expr.axes] : around;
    const nested = childrenOf(expr).reduce((sum, child) => sum + ofExpr(child, inner), 0);
    if (expr.kind !== "reduce" || expr.op !== "add" || !isProduct(expr.body, around)) return nested;
    return nested + 2 * roundsIn(inner, sizes);
  };
  const ofStmts = (stmts: readonly Stmt[], around: readonly Loop[]): number =>
    stmts.reduce((sum, s) => {
      if (s.kind === "for") return sum + ofStmts(s.body, [...around, { ...s, name: s.axis }]);
      if (s.kind === "if") return sum + ofStmts(s.body, around);
      return s.kind === "let" || s.kind === "store" ? sum + ofExpr(s.value, around) : sum;
    }, 0);
  return ofStmts(kernel.body, []);
};
