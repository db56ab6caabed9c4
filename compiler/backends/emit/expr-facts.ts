// What is known of the expressions of a kernel where it is emitted: what they refer to, where they may be computed, how often
// they are used, and which reductions can share a loop.

import { append } from "../../ir/list-map.ts";
import type { Expr } from "../../kernel/expr.ts";
import { axesKey } from "../../lower/axes-key.ts";
import { childrenOf, createUnguarded } from "../../lower/intern.ts";
import type { Reduction } from "./emit-reduce.ts";
import type { Flat } from "./flatten.ts";

export type ExprFacts = {
  /** Axes, lets and offsets that an expression refers to from outside. */
  readonly free: (expr: Expr) => ReadonlySet<string>;
  /** Whether it may be computed where a guard around it does not hold. A select guards its own branches, a `where` its body. */
  readonly safe: (expr: Expr) => boolean;
  /** Whether it reads what this kernel writes, so that its place in the order matters. */
  readonly pinned: (expr: Expr) => boolean;
  /** What is evaluated whenever an expression is. */
  readonly unguardedOf: (expr: Expr) => readonly Expr[];
  /** How many times it stands in what was begun. */
  readonly usesOf: (expr: Expr) => number;
  /** Whether what was begun is sure to evaluate it. */
  readonly isUnguarded: (expr: Expr) => boolean;
  /** Reductions over the same axes, of the run where they read what is written. */
  readonly alike: (reduction: Reduction) => readonly Reduction[];
  /** Starts code that is emitted apart: counts uses and collects reductions. `visit` is called once for each expression. */
  readonly begin: (roots: readonly Expr[], visit?: (expr: Expr) => void) => void;
  /** Starts neighbouring statements of which none reads what one before it stores: they share reductions over what is stored. */
  readonly beginRun: (roots: readonly Expr[]) => void;
  /** Called when the next run begins. */
  readonly atEndOfRun: (forget: () => void) => void;
};

const none: ReadonlySet<string> = new Set();

/** `stored`: buffers that the kernel stores to. `panels`: copies, which are there from where they are made. */
export const createExprFacts = (
  flat: Pick<Flat, "isInside">,
  stored: ReadonlySet<string>,
  panels: Pick<ReadonlyMap<string, unknown>, "has"> = new Set(),
): ExprFacts => {
  const freeOf = new Map<Expr, ReadonlySet<string>>();
  const safety = new Map<Expr, boolean>();
  const stays = new Map<Expr, boolean>();
  const unguardedOf = createUnguarded();
  let uses = new Map<Expr, number>();
  let together = new Map<string, Reduction[]>();
  let unguarded = new Set<Expr>();
  let run = new Map<string, Reduction[]>();
  let heldInRun: (() => void)[] = [];

  const memo = <T>(known: Map<Expr, T>, expr: Expr, find: () => T): T => {
    const found = known.get(expr);
    if (found !== undefined) return found;
    const made = find();
    known.set(expr, made);
    return made;
  };

  const free = (expr: Expr): ReadonlySet<string> =>
    memo(freeOf, expr, () => {
      if (expr.kind === "axis" || expr.kind === "local") return new Set([expr.name]);
      const children = childrenOf(expr);
      if (children.length === 0) return none;
      const all = new Set(children.flatMap((child) => [...free(child)]));
      if (expr.kind === "reduce") for (const a of expr.axes) all.delete(a.name);
      if (expr.kind === "load" && panels.has(expr.buffer)) all.add(expr.buffer);
      return all;
    });

  const safe = (expr: Expr): boolean =>
    memo(safety, expr, () => {
      if (expr.kind === "load" && !flat.isInside(expr)) return false;
      return unguardedOf(expr).every(safe);
    });

  const pinned = (expr: Expr): boolean =>
    memo(stays, expr, () =>
      expr.kind === "load" && stored.has(expr.buffer) ? true : childrenOf(expr).some(pinned),
    );

  const beginRun = (roots: readonly Expr[]): void => {
    heldInRun.forEach((forget) => forget());
    heldInRun = [];
    run = new Map();
    const seen = new Set<Expr>();
    const visit = (expr: Expr): void => {
      if (seen.has(expr) || !pinned(expr)) return;
      seen.add(expr);
      childrenOf(expr).forEach(visit);
      if (expr.kind === "reduce") append(run, axesKey(expr), expr);
    };
    roots.forEach(visit);
  };

  return {
    free,
    safe,
    pinned,
    unguardedOf,
    usesOf: (expr) => uses.get(expr) ?? 0,
    isUnguarded: (expr) => unguarded.has(expr),
    alike: (reduction) => (pinned(reduction) ? run : together).get(axesKey(reduction)) ?? [],
    begin: (roots, visit = () => {}) => {
      beginRun([]);
      uses = new Map();
      together = new Map();
      unguarded = new Set();
      const markUnguarded = (expr: Expr): void => {
        if (unguarded.has(expr)) return;
        unguarded.add(expr);
        unguardedOf(expr).forEach(markUnguarded);
      };
      roots.forEach(markUnguarded);
      const count = (expr: Expr): void => {
        const before = uses.get(expr) ?? 0;
        uses.set(expr, before + 1);
        if (before > 0) return;
        childrenOf(expr).forEach(count);
        visit(expr);
        if (expr.kind === "reduce" && !pinned(expr)) append(together, axesKey(expr), expr);
      };
      roots.forEach(count);
    },
    beginRun,
    atEndOfRun: (forget) => {
      heldInRun.push(forget);
    },
  };
};
