// Kernel → kernel in which what a loop divides by again and again is divided by once: each round multiplies.

import { call, num } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { axesIn } from "../../lower/access.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { loadsAny, mapStmts, storesIn, visitExprs } from "../../lower/statements.ts";

/**
 * Values between loads and stores are doubles, so a quotient and a product with the reciprocal round to the same f32 but
 * for one in many millions, whatever floats the two are: the reciprocal of none of them leaves the range of doubles.
 */
export const withReciprocals = (kernel: Kernel): Kernel => ({
  ...kernel,
  body: kernel.body.map((stmt) => inLoops(stmt, [])),
});

/** `around`: the axes of the loops around a statement, outermost first. */
const inLoops = (stmt: Stmt, around: readonly string[]): Stmt => {
  if (stmt.kind === "if")
    return { ...stmt, body: stmt.body.map((inner) => inLoops(inner, around)) };
  if (stmt.kind !== "for") return stmt;
  const inside = [...around, stmt.axis];
  if (!stmt.body.every(({ kind }) => kind === "store"))
    return { ...stmt, body: stmt.body.map((inner) => inLoops(inner, inside)) };
  const written = new Set(storesIn(stmt.body).map(({ buffer }) => buffer));
  const isFixed = (e: Expr): boolean =>
    [...axesIn([e])].every((name) => around.includes(name)) &&
    !loadsAny(e, written) &&
    !mentionsLocals(e);
  const multiplied = createRebuild((e) => {
    if (e.kind !== "call" || e.fn !== "div" || e.dtype !== "f32") return null;
    const [a, b] = e.args as readonly [Expr, Expr];
    return b.kind !== "number" && isFixed(b) && !isFixed(a)
      ? call("mul", a, call("div", num(1), b))
      : null;
  });
  return { ...stmt, body: mapStmts(stmt.body, multiplied) };
};

const mentionsLocals = (e: Expr): boolean => {
  let found = false;
  visitExprs([{ kind: "let", name: "divisor", value: e }], (part) => {
    found ||= part.kind === "local";
  });
  return found;
};
