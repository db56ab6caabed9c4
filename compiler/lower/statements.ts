// Walks the statements of kernels.

import type { Dim } from "../ir/dim.ts";
import { over } from "../kernel/build.ts";
import type { AxisRange, Expr, ReduceAxis } from "../kernel/expr.ts";
import type { Stmt } from "../kernel/kernel.ts";
import { childrenOf, endsOf } from "./intern.ts";

type Store = Extract<Stmt, { kind: "store" }>;

const isBlock = (s: Stmt): s is Extract<Stmt, { kind: "for" | "if" }> =>
  s.kind === "for" || s.kind === "if";

export const storesIn = (stmts: readonly Stmt[]): readonly Store[] =>
  stmts.flatMap((s) => (s.kind === "store" ? [s] : isBlock(s) ? storesIn(s.body) : []));

/** Names of `let`s and of what loops carry. */
export const letsIn = (stmts: readonly Stmt[]): readonly string[] =>
  stmts.flatMap((s) => {
    if (s.kind === "let") return [s.name];
    const carried = s.kind === "for" ? s.carries.map((c) => c.name) : [];
    return isBlock(s) ? [...carried, ...letsIn(s.body)] : [];
  });

type Run = readonly [Stmt, ...Stmt[]];

/** Statements one by one, but neighbours of which both `join` together. */
export const together = (body: readonly Stmt[], join: (stmt: Stmt) => boolean): readonly Run[] =>
  body.reduce<[Stmt, ...Stmt[]][]>((runs, stmt) => {
    const last = runs.at(-1);
    if (last !== undefined && join(stmt) && join(last[0])) last.push(stmt);
    else runs.push([stmt]);
    return runs;
  }, []);

/** A result may lie where an operand was, so the values of neighbouring stores are all read before the first is written. */
export const withStoresTogether = (body: readonly Stmt[]): readonly Run[] =>
  together(body, ({ kind }) => kind === "store");

/** Rebuilds every expression. */
export const mapStmts = (stmts: readonly Stmt[], map: (expr: Expr) => Expr): readonly Stmt[] =>
  stmts.map((s): Stmt => {
    switch (s.kind) {
      case "for":
        return {
          ...s,
          range: mapRange(s.range, map),
          carries: s.carries.map(({ name, init }) => ({ name, init: map(init) })),
          body: mapStmts(s.body, map),
        };
      case "next":
        return { ...s, values: s.values.map(({ name, value }) => ({ name, value: map(value) })) };
      case "if":
        return { ...s, condition: map(s.condition), body: mapStmts(s.body, map) };
      case "let":
        return { ...s, value: map(s.value) };
      case "store":
        return { ...s, index: s.index.map(map), value: map(s.value) };
      case "row":
        return s;
    }
  });

export const mapRange = (range: AxisRange | null, map: (expr: Expr) => Expr): AxisRange | null =>
  range === null ? null : { from: map(range.from), to: map(range.to) };

/** Every expression that stands in a statement. */
const exprsOf = (stmts: readonly Stmt[]): readonly Expr[] =>
  stmts.flatMap((s): readonly Expr[] => {
    switch (s.kind) {
      case "for":
        return [...endsOf(s.range), ...s.carries.map((c) => c.init), ...exprsOf(s.body)];
      case "next":
        return s.values.map(({ value }) => value);
      case "if":
        return [s.condition, ...exprsOf(s.body)];
      case "let":
        return [s.value];
      case "store":
        return [...s.index, s.value];
      case "row":
        return [];
    }
  });

/**
 * Whether stores next to each other can be made together, every value read before the first is written: they are to
 * different buffers, and none reads what one before it writes. `exprs`: what the store reads with.
 */
export const joinsStores = (
  before: readonly { readonly buffer: string }[],
  buffer: string,
  exprs: readonly Expr[],
): boolean => {
  const written = new Set(before.map((s) => s.buffer));
  return !written.has(buffer) && !exprs.some((e) => loadsAny(e, written));
};

/** Whether it reads one of the buffers. */
export const loadsAny = (expr: Expr, buffers: ReadonlySet<string>): boolean => {
  const seen = new Set<Expr>();
  const visit = (e: Expr): boolean => {
    if (seen.has(e)) return false;
    seen.add(e);
    return (e.kind === "load" && buffers.has(e.buffer)) || childrenOf(e).some(visit);
  };
  return visit(expr);
};

/** Calls `visit` once for every expression and what it is made of. */
export const visitExprs = (stmts: readonly Stmt[], visit: (expr: Expr) => void): void => {
  const seen = new Set<Expr>();
  const walk = (expr: Expr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    visit(expr);
    childrenOf(expr).forEach(walk);
  };
  exprsOf(stmts).forEach(walk);
};

/** Every axis with its extent: loops, outer ones first, then what reductions run over. */
export const extentsOf = (stmts: readonly Stmt[]): Map<string, Dim> => {
  const extents = new Map<string, Dim>();
  const walk = (list: readonly Stmt[]): void => {
    for (const s of list) {
      if (s.kind === "for") extents.set(s.axis, s.extent);
      if (isBlock(s)) walk(s.body);
    }
  };
  walk(stmts);
  visitExprs(stmts, (e) => {
    if (e.kind === "reduce") for (const a of e.axes) extents.set(a.name, a.extent);
  });
  return extents;
};

/** How many loops are around each axis; axes of reductions come after all loops, in their order. */
export const depthsOf = (stmts: readonly Stmt[]): ReadonlyMap<string, number> => {
  const depths = new Map<string, number>();
  const walk = (list: readonly Stmt[], depth: number): void => {
    for (const s of list) {
      if (s.kind === "for") depths.set(s.axis, Math.max(depth, depths.get(s.axis) ?? 0));
      if (isBlock(s)) walk(s.body, s.kind === "for" ? depth + 1 : depth);
    }
  };
  walk(stmts, 0);
  const loops = depths.size;
  for (const name of extentsOf(stmts).keys())
    if (!depths.has(name)) depths.set(name, loops + depths.size);
  return depths;
};

/** Loops over all of an axis one in the other, whose iterations are independent, and what the innermost holds. */
export const spatialNest = (
  stmts: readonly Stmt[],
): { readonly axes: readonly ReduceAxis[]; readonly stmts: readonly Stmt[] } => {
  const [only] = stmts;
  if (stmts.length !== 1 || only?.kind !== "for" || only.role !== "spatial" || only.range !== null)
    return { axes: [], stmts };
  const inner = spatialNest(only.body);
  return { axes: [over(only.axis, only.extent), ...inner.axes], stmts: inner.stmts };
};
