// What one launch of a kernel does, counted from its loops.

import { evaluateDim, product } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Expr, ScalarFn } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { childrenOf } from "../../lower/intern.ts";

export type Cost = {
  /** Arithmetic on floats: one for each operation or function, two for multiply and add. */
  readonly flops: number;
  /** Size of all buffers it reads or writes, each once. */
  readonly bytes: number;
};

export type Sizes = ReadonlyMap<string, number>;

export const noCost: Cost = { flops: 0, bytes: 0 };
export const addCosts = (a: Cost, b: Cost): Cost => ({
  flops: a.flops + b.flops,
  bytes: a.bytes + b.bytes,
});

/** Moves and conversions are no arithmetic. */
const free: ReadonlySet<ScalarFn> = new Set<ScalarFn>(["select", "cast"]);

export const costOf = (kernel: Kernel, sizes: Sizes): Cost => {
  const size = (dim: Dim): number => evaluateDim(dim, sizes);
  const buffers = [...kernel.params, ...kernel.results];
  const words = buffers.map(({ shape }) => size(product(shape)));
  return {
    flops: countFlops(kernel, size),
    bytes: 4 * words.reduce((sum, count) => sum + count, 0),
  };
};

/** A loop: how many are around it, and how often its body runs in all. */
type Level = { readonly depth: number; readonly trips: number };

const outermost: Level = { depth: 0, trips: 1 };

/** Emitted code computes a subexpression once, in the outermost loop that has all its axes; so it is counted there. */
const countFlops = (kernel: Kernel, size: (dim: Dim) => number): number => {
  const levels = new Map<string, Level>();
  const locals = new Map<string, readonly string[]>();
  const axesOf = memoise((expr): readonly string[] => {
    if (expr.kind === "axis") return [expr.name];
    if (expr.kind === "local") return locals.get(expr.name) ?? [];
    const axes = new Set(childrenOf(expr).flatMap((child) => axesOf(child)));
    if (expr.kind === "reduce") for (const { name } of expr.axes) axes.delete(name);
    return [...axes];
  });
  const levelOf = (expr: Expr): Level =>
    axesOf(expr)
      .map((name) => levels.get(name) ?? outermost)
      .reduce((deepest, level) => (level.depth > deepest.depth ? level : deepest), outermost);
  const open = (axis: string, extent: Dim, { depth, trips }: Level): Level => {
    const level = { depth: depth + 1, trips: trips * size(extent) };
    levels.set(axis, level);
    return level;
  };

  const counted = new Set<Expr>();
  const exprFlops = (expr: Expr): number => {
    if (counted.has(expr)) return 0;
    counted.add(expr);
    const around = levelOf(expr);
    if (expr.kind === "reduce") {
      const inner = expr.axes.reduce(
        (level, { name, extent }) => open(name, extent, level),
        around,
      );
      return inner.trips + exprFlops(expr.body);
    }
    if (expr.kind !== "call") return 0;
    const own = expr.dtype === "f32" && !free.has(expr.fn) ? around.trips : 0;
    return expr.args.reduce((sum, arg) => sum + exprFlops(arg), own);
  };

  const bodyFlops = (body: readonly Stmt[], level: Level): number =>
    body.reduce((sum, stmt) => sum + stmtFlops(stmt, level), 0);
  const stmtFlops = (stmt: Stmt, level: Level): number => {
    switch (stmt.kind) {
      case "for":
        return bodyFlops(stmt.body, open(stmt.axis, stmt.extent, level));
      case "if":
        return exprFlops(stmt.condition) + bodyFlops(stmt.body, level);
      case "let":
        locals.set(stmt.name, axesOf(stmt.value));
        return exprFlops(stmt.value);
      case "store":
        return exprFlops(stmt.value) + (stmt.accumulate === null ? 0 : level.trips);
    }
  };
  return bodyFlops(kernel.body, outermost);
};

const memoise = <T>(compute: (expr: Expr) => T): ((expr: Expr) => T) => {
  const known = new Map<Expr, T>();
  return (expr) => {
    if (!known.has(expr)) known.set(expr, compute(expr));
    return known.get(expr)!;
  };
};
