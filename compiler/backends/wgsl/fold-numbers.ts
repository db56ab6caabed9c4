// Kernel → kernel in which no call has literals alone: WGSL refuses such an expression where it overflows.

import type { Expr } from "../../kernel/expr.ts";
import { interpretExpr } from "../../kernel/interpret.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { mapStmts } from "../../lower/statements.ts";

const folded = (e: Expr): Expr | null =>
  e.kind === "call" && e.args.every(({ kind }) => kind === "number")
    ? { kind: "number", dtype: e.dtype, value: interpretExpr(e) }
    : null;

export const createFoldNumbers = (): ((expr: Expr) => Expr) => createRebuild(folded);

export const foldNumbers = (kernel: Kernel): Kernel => ({
  ...kernel,
  body: mapStmts(kernel.body, createFoldNumbers()),
});
