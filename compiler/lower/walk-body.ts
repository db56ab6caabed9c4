// Loops of statements, and where they read the operands `$0`, `$1` …

import type { Dim } from "../ir/dim.ts";
import type { Expr } from "../kernel/expr.ts";
import type { Stmt } from "../kernel/kernel.ts";
import { childrenOf, endsOf } from "./intern.ts";

/** Loops of statements and of reductions in them, and where `$0`, `$1` … are read. */
export const walkBody = (
  stmts: readonly Stmt[],
  outer: ReadonlySet<string>,
  addLoop: (name: string, extent: Dim, outer: ReadonlySet<string>) => void,
  addRead: (operand: number, index: readonly Expr[]) => void,
): void => {
  const visit = (expr: Expr, inside: ReadonlySet<string>): void => {
    if (expr.kind === "load" && expr.buffer.startsWith("$"))
      addRead(Number(expr.buffer.slice(1)), expr.index);
    let inner = inside;
    if (expr.kind === "reduce")
      for (const { name, extent } of expr.axes) {
        addLoop(name, extent, inner);
        inner = new Set([...inner, name]);
      }
    for (const child of childrenOf(expr)) visit(child, inner);
  };
  for (const s of stmts) {
    if (s.kind === "for") {
      [...endsOf(s.range), ...s.carries.map((c) => c.init)].forEach((e) => visit(e, outer));
      addLoop(s.axis, s.extent, outer);
      walkBody(s.body, new Set([...outer, s.axis]), addLoop, addRead);
    } else if (s.kind === "if") {
      visit(s.condition, outer);
      walkBody(s.body, outer, addLoop, addRead);
    } else if (s.kind === "let") visit(s.value, outer);
    else if (s.kind === "next") s.values.forEach(({ value }) => visit(value, outer));
    else if (s.kind === "store") [...s.index, s.value].forEach((e) => visit(e, outer));
  }
};
