// The loops of a nest that become a grid of invocations, and how large that is.

import { rowsIn } from "../../kernel/buffers.ts";
import { andB, axis, ifStmt, leI, loop, ltI } from "../../kernel/build.ts";
import type { Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import type { Launch } from "../../lower/launch.ts";
import { loadsAny, storesIn, visitExprs } from "../../lower/statements.ts";
import { nestAt } from "../../schedule/nests.ts";
import type { Loop, NestAxis } from "../../schedule/nests.ts";

/** Null where iterations have to run one after the other. `written`: buffers that the kernel stores to. */
export const gridOf = (head: Loop, written: ReadonlySet<string>): Launch | null => {
  const { axes, body } = nestAt(head);
  const first = axes.findIndex((a) => !isIndependent(a));
  const leading = axes.slice(0, first < 0 ? axes.length : first);
  const grid = leading.length > 0 ? leading : axes.filter(keepsApart(head, axes, body, written));
  if (grid.length === 0) return null;
  const rest = axes.filter((a) => !grid.includes(a));
  const inner = rest.reduceRight<readonly Stmt[]>(
    (stmts, a) => [loop(a.name, a.extent, stmts, a.role, a.range)],
    body,
  );
  return {
    grid: grid.map(({ name, extent }) => ({ name, extent })),
    body: grid.reduceRight(withinRange, inner),
  };
};

/** Whether its iterations may run side by side. */
export const isIndependent = ({ role }: Pick<NestAxis, "role">): boolean =>
  role === "spatial" || role === "unroll";

/** The grid runs over all of an axis. */
const withinRange = (body: readonly Stmt[], { name, range }: ReduceAxis): readonly Stmt[] => {
  if (range === null) return body;
  const isFromStart = range.from.kind === "number" && range.from.value <= 0;
  const before = ltI(axis(name), range.to);
  const inside = isFromStart ? before : andB(leI(range.from, axis(name)), before);
  return [ifStmt(inside, body)];
};

/**
 * Axes inside loops that run in order which may come out of these: each of their values has elements of its own of all
 * that is written. So additions at an index that data gives run in order for each column, and columns side by side.
 */
const keepsApart = (
  head: Loop,
  axes: readonly NestAxis[],
  body: readonly Stmt[],
  written: ReadonlySet<string>,
): ((axis: NestAxis) => boolean) => {
  const own = new Set(rowsIn(body).map(({ name }) => name));
  const indices = new Map<string, (readonly Expr[])[]>();
  const note = (buffer: string, index: readonly Expr[]): void => {
    if (!written.has(buffer) || own.has(buffer)) return;
    indices.set(buffer, [...(indices.get(buffer) ?? []), index]);
  };
  for (const { buffer, index } of storesIn([head])) note(buffer, index);
  visitExprs([head], (e) => {
    if (e.kind === "load") note(e.buffer, e.index);
  });
  const names = new Set(axes.map(({ name }) => name));
  return (a) =>
    isIndependent(a) &&
    [a.range?.from, a.range?.to].every(
      (end) => end === undefined || isFixed(end, names, written),
    ) &&
    [...indices.values()].every((all) =>
      all[0]!.some((_, at) => all.every((index) => isAxis(index[at]!, a.name))),
    );
};

const isAxis = (e: Expr, name: string): boolean => e.kind === "axis" && e.name === name;

/** The same wherever the loops of the nest are. */
const isFixed = (e: Expr, axes: ReadonlySet<string>, written: ReadonlySet<string>): boolean => {
  let found = true;
  visitExprs([{ kind: "let", name: "end", value: e }], (part) => {
    if (part.kind === "local" || (part.kind === "axis" && axes.has(part.name))) found = false;
  });
  return found && !loadsAny(e, written);
};
