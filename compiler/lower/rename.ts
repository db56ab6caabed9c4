// A copy of statements with names of its own, so that both can stand in one kernel.

import { rowsIn } from "../kernel/buffers.ts";
import type { ReduceAxis } from "../kernel/expr.ts";
import type { Stmt } from "../kernel/kernel.ts";
import { createRebuild } from "./rebuild.ts";
import { extentsOf, letsIn, mapRange } from "./statements.ts";

/** Gives the axes, `let`s and rows of statements other names; `fresh` makes one from the name before. */
export const renameOwn = (
  stmts: readonly Stmt[],
  fresh: (hint: string) => string,
): readonly Stmt[] => {
  const own = [...extentsOf(stmts).keys(), ...letsIn(stmts), ...rowsIn(stmts).map((r) => r.name)];
  const names = new Map(own.map((name) => [name, fresh(name)] as const));
  const nameOf = (old: string): string => names.get(old) ?? old;
  const axisOf = (a: ReduceAxis): ReduceAxis => ({ ...a, name: nameOf(a.name) });
  const expr = createRebuild((e) => {
    switch (e.kind) {
      case "axis":
      case "local":
        return { ...e, name: nameOf(e.name) };
      case "load":
        return { ...e, buffer: nameOf(e.buffer) };
      case "reduce":
        return { ...e, axes: e.axes.map(axisOf) };
      default:
        return null;
    }
  });
  const stmt = (s: Stmt): Stmt => {
    switch (s.kind) {
      case "for":
        return {
          ...s,
          axis: nameOf(s.axis),
          range: mapRange(s.range, expr),
          carries: s.carries.map(({ name, init }) => ({ name: nameOf(name), init: expr(init) })),
          body: s.body.map(stmt),
        };
      case "if":
        return { ...s, condition: expr(s.condition), body: s.body.map(stmt) };
      case "let":
        return { ...s, name: nameOf(s.name), value: expr(s.value) };
      case "row":
        return { ...s, decl: { ...s.decl, name: nameOf(s.decl.name) } };
      case "next":
        return {
          ...s,
          values: s.values.map(({ name, value }) => ({ name: nameOf(name), value: expr(value) })),
        };
      case "store":
        return { ...s, buffer: nameOf(s.buffer), index: s.index.map(expr), value: expr(s.value) };
    }
  };
  return stmts.map(stmt);
};
