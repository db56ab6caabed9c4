// What one launch of a kernel does, counted from its loops.

import { evaluateDim, product } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Expr, ScalarFn } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";

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
    flops: kernel.body.reduce((sum, stmt) => sum + stmtFlops(stmt, size), 0),
    bytes: 4 * words.reduce((sum, count) => sum + count, 0),
  };
};

type SizeOf = (dim: Dim) => number;

const stmtFlops = (stmt: Stmt, size: SizeOf): number => {
  switch (stmt.kind) {
    case "for":
      return size(stmt.extent) * stmt.body.reduce((sum, inner) => sum + stmtFlops(inner, size), 0);
    case "if":
      return (
        exprFlops(stmt.condition, size) +
        stmt.body.reduce((sum, inner) => sum + stmtFlops(inner, size), 0)
      );
    case "let":
      return exprFlops(stmt.value, size);
    case "store":
      return exprFlops(stmt.value, size) + (stmt.accumulate === null ? 0 : 1);
  }
};

/** A subexpression that occurs twice is computed once. */
const exprFlops = (root: Expr, size: SizeOf): number => {
  const seen = new Set<Expr>();
  const visit = (expr: Expr): number => {
    if (seen.has(expr)) return 0;
    seen.add(expr);
    if (expr.kind === "call") {
      const own = expr.dtype === "f32" && !free.has(expr.fn) ? 1 : 0;
      return expr.args.reduce((sum, arg) => sum + visit(arg), own);
    }
    if (expr.kind === "reduce")
      return size(product(expr.axes.map(({ extent }) => extent))) * (visit(expr.body) + 1);
    return 0;
  };
  return visit(root);
};
