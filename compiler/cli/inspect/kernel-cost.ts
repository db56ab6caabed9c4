// What one launch of a kernel does, counted from its loops.

import { evaluateDim, product } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { dimOf } from "../../kernel/build.ts";
import type { Expr, ReduceAxis, ScalarFn } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { axesIn } from "../../lower/access.ts";
import { childrenOf, endsOf } from "../../lower/intern.ts";

export type Cost = {
  /** Arithmetic on floats: one for each operation or function, two for multiply and add. */
  readonly flops: number;
  /** Size of all buffers it reads or writes, each once; a row never gets as far as memory. */
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

type Loop = Extract<Stmt, { kind: "for" }>;

/** A loop: how many are around it, how often its body runs in all, and how often each time it is begun. */
type Level = { readonly depth: number; readonly trips: number; readonly rounds: number };

const outermost: Level = { depth: 0, trips: 1, rounds: 1 };

/** Whether an axis goes from one element of a buffer to another: then all that it is begun for share its extent. */
const isPart = ({ range }: ReduceAxis): boolean => {
  const [from, to] = endsOf(range);
  return from?.kind === "load" && to?.kind === "load" && from.buffer === to.buffer;
};

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
  /** Exact where both ends depend on sizes alone; else an estimate, half of the extent if nothing better is known. */
  const roundsOf = (axis: ReduceAxis): number => {
    const extent = size(axis.extent);
    if (axis.range === null) return extent;
    const [from, to] = endsOf(axis.range).map(dimOf);
    if (from != null && to != null) return Math.max(0, size(to) - size(from));
    if (!isPart(axis)) return extent / 2;
    const sharers = [...axesIn(endsOf(axis.range))].map((name) => levels.get(name)?.rounds ?? 1);
    return sharers.reduce((rounds, count) => rounds / Math.max(1, count), extent);
  };
  const open = (axis: ReduceAxis, { depth, trips }: Level): Level => {
    const rounds = roundsOf(axis);
    const level = { depth: depth + 1, trips: trips * rounds, rounds };
    levels.set(axis.name, level);
    return level;
  };

  const counted = new Set<Expr>();
  const exprFlops = (expr: Expr): number => {
    if (counted.has(expr)) return 0;
    counted.add(expr);
    const around = levelOf(expr);
    if (expr.kind === "reduce") {
      const inner = expr.axes.reduce((level, axis) => open(axis, level), around);
      return childrenOf(expr).reduce((sum, child) => sum + exprFlops(child), inner.trips);
    }
    if (expr.kind !== "call") return 0;
    const own = expr.dtype === "f32" && !free.has(expr.fn) ? around.trips : 0;
    return expr.args.reduce((sum, arg) => sum + exprFlops(arg), own);
  };

  const loopFlops = (stmt: Loop, level: Level): number => {
    const outside = [...endsOf(stmt.range), ...stmt.carries.map((c) => c.init)];
    const before = outside.reduce((sum, expr) => sum + exprFlops(expr), 0);
    for (const { name, init } of stmt.carries) locals.set(name, [...axesOf(init), stmt.axis]);
    const inside = bodyFlops(stmt.body, open({ ...stmt, name: stmt.axis }, level));
    for (const { name, init } of stmt.carries) locals.set(name, axesOf(init));
    return before + inside;
  };
  const bodyFlops = (body: readonly Stmt[], level: Level): number =>
    body.reduce((sum, stmt) => sum + stmtFlops(stmt, level), 0);
  const stmtFlops = (stmt: Stmt, level: Level): number => {
    switch (stmt.kind) {
      case "for":
        return loopFlops(stmt, level);
      case "next":
        return stmt.values.reduce((sum, { value }) => sum + exprFlops(value), 0);
      case "if":
        return exprFlops(stmt.condition) + bodyFlops(stmt.body, level);
      case "row":
        return 0;
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
