// Where values are read from: asks the meaning of an op which elements of its operands one element needs.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Dim } from "../ir/dim.ts";
import type { Op } from "../ir/graph.ts";
import { axis } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import type { FreshAxis, Meaning, Operand } from "../ops/define.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { ops } from "../ops/index.ts";
import { childrenOf } from "./intern.ts";

export const meaningOf = (op: Op): Meaning =>
  ops[opNameOf(op)].meaning(
    op.operands.map((v) => v.type),
    op.attrs,
  );

/** One element of a value as an expression over loads of its operands (`$0`, `$1` …). */
export type Element = {
  readonly expr: Expr;
  readonly reads: readonly { readonly operand: number; readonly index: readonly Expr[] }[];
  /** Axes that the op's own reduction loops over. */
  readonly loops: readonly { readonly name: string; readonly extent: Dim }[];
};

/** `op` at an index; its own loops get names from `fresh`. */
export const elementAt = (op: Op, index: readonly Expr[], fresh: FreshAxis): Element => {
  const meaning = meaningOf(op);
  if (meaning.kind !== "expr")
    throw new CompilerBug(`${op.name} cannot be taken element by element`, op.span);
  const reads: { operand: number; index: readonly Expr[] }[] = [];
  const operands = op.operands.map((value, operand): Operand => ({
    type: value.type,
    at: (at) => {
      reads.push({ operand, index: at });
      const { dtype } = value.type;
      return { kind: "load", dtype, buffer: `$${operand}`, index: at };
    },
  }));
  const expr = meaning.at(operands, index, fresh);
  return { expr, reads, loops: loopsIn(expr) };
};

const loopsIn = (expr: Expr): Element["loops"] => {
  const found: { name: string; extent: Dim }[] = [];
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.kind === "reduce") found.push(...e.axes);
    childrenOf(e).forEach(visit);
  };
  visit(expr);
  return found;
};

/** Axes that occur in expressions. */
export const axesIn = (exprs: readonly Expr[]): ReadonlySet<string> => {
  const found = new Set<string>();
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.kind === "axis") found.add(e.name);
    childrenOf(e).forEach(visit);
  };
  exprs.forEach(visit);
  return found;
};

export const axesNamed = (names: readonly string[]): readonly Expr[] => names.map(axis);

/** A function of expressions: the axes that one mentions and does not run over itself. Looks at each once. */
export const createFreeAxes = (): ((expr: Expr) => ReadonlySet<string>) => {
  const known = new Map<Expr, ReadonlySet<string>>();
  const freeAxes = (expr: Expr): ReadonlySet<string> => {
    const found = known.get(expr) ?? find(expr);
    known.set(expr, found);
    return found;
  };
  const find = (expr: Expr): ReadonlySet<string> => {
    if (expr.kind === "axis") return new Set([expr.name]);
    const free = new Set(childrenOf(expr).flatMap((child) => [...freeAxes(child)]));
    if (expr.kind === "reduce") for (const { name } of expr.axes) free.delete(name);
    return free;
  };
  return freeAxes;
};

/** Of axes and sizes alone. */
export const isIndex = (e: Expr): boolean =>
  e.kind !== "load" && e.kind !== "local" && e.kind !== "reduce" && childrenOf(e).every(isIndex);
