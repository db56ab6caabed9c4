// Outer products added at an index, row after row → one sum per index over the rows that belong to it.

import { leastWork } from "../costs/limits.ts";
import { mul } from "../ir/dim.ts";
import type { Expr, ReduceAxis } from "../kernel/expr.ts";
import {
  addI,
  axis,
  carryLoop,
  divI,
  eqI,
  ifStmt,
  int,
  load,
  local,
  loops,
  modI,
  over,
  reduce,
  row,
  select,
  size,
  store,
} from "../kernel/build.ts";
import type { BufferDecl, Stmt } from "../kernel/kernel.ts";
import { axesIn } from "./access.ts";
import { createRebuild } from "./rebuild.ts";
import { mapStmts, spatialNest, visitExprs } from "./statements.ts";

type Loop = Extract<Stmt, { kind: "for" }>;

/**
 * `for i { if 0 <= k[i] < E { R[k[i], a, b] += u[i, a] * v[i, b] } }` reads and writes a whole slice of R for every i,
 * and shares nothing. Instead the i of each index are listed first, in their order, `starts[e]` to `starts[e + 1]` of
 * `order`; then R[e, a, b] = Σ u[order[z], a] * v[order[z], b] is a product like any other, whose tiles are summed in
 * registers: the gradient of a product with weights that each row chooses. Null where `body` is something else.
 */
export const sumsByIndex = (
  body: readonly Stmt[],
  result: BufferDecl,
  fresh: (hint: string) => string,
): readonly Stmt[] | null => {
  const found = scatterIn(withRowsInOneLoop(body, fresh), result);
  if (found === null) return null;
  const { rows, inner, at, value } = found;
  const [count] = result.shape;
  if (typeof count !== "number" || !isOuterProduct(value, inner)) return null;
  if (inner.reduce<number>((n, { extent }) => n * Number(extent), 1) < leastWork.row * count)
    return null;
  const starts: BufferDecl = { name: fresh("starts"), dtype: "i32", shape: [count + 1] };
  const order: BufferDecl = { name: fresh("order"), dtype: "i32", shape: [rows.extent] };
  const [each, z] = [fresh("e"), fresh("z")];
  const element = createRebuild((e) =>
    e.kind === "axis" && e.name === rows.axis ? load(order, [axis(z)]) : null,
  );
  const range = { from: load(starts, [axis(each)]), to: load(starts, [addI(axis(each), int(1))]) };
  const sum = reduce("add", [over(z, rows.extent, range)], element(value));
  const axes = [over(each, count), ...inner];
  const place = axes.map((a) => axis(a.name));
  return [
    ...listRows(rows, at, count, { starts, order }, fresh),
    ...loops(axes, [store(result.name, place, sum)]),
  ];
};

/** What rows are listed in. */
export type Listed = { readonly starts: BufferDecl; readonly order: BufferDecl };
export type ListedRows = Pick<Loop, "axis" | "extent">;

/** Counts and lists in one: the rows of the indices one after the other. The last two statements do all of it. */
export const listRows = (
  rows: ListedRows,
  at: Expr,
  count: number,
  { starts, order }: Listed,
  fresh: (hint: string) => string,
): readonly Stmt[] => {
  const each = over(fresh("e"), count);
  const [before, listed] = [local(fresh("before"), "i32"), local(fresh("listed"), "i32")];
  const belongs = eqI(at, axis(each.name));
  const one = carryLoop(
    over(rows.axis, rows.extent),
    [{ name: listed.name, init: before, next: addI(listed, select(belongs, int(1), int(0))) }],
    [ifStmt(belongs, [store(order.name, [listed], axis(rows.axis))])],
  );
  const all = carryLoop(
    each,
    [{ name: before.name, init: int(0), next: listed }],
    [store(starts.name, [axis(each.name)], before), one],
  );
  return [row(starts), row(order), all, store(starts.name, [int(count)], before)];
};

/** Rows of several loops that add up are numbered through in one. */
const withRowsInOneLoop = (
  body: readonly Stmt[],
  fresh: (hint: string) => string,
): readonly Stmt[] => {
  const rows = body.at(-1);
  if (rows?.kind !== "for" || !addsUp(rows)) return body;
  const [inner] = rows.body;
  if (rows.body.length !== 1 || inner?.kind !== "for" || !addsUp(inner)) return body;
  const name = fresh("row");
  const positions = new Map([
    [rows.axis, divI(axis(name), size(inner.extent))],
    [inner.axis, modI(axis(name), size(inner.extent))],
  ]);
  const place = createRebuild((e) => (e.kind === "axis" ? (positions.get(e.name) ?? null) : null));
  const extent = mul(rows.extent, inner.extent);
  const one: Loop = { ...rows, axis: name, extent, body: mapStmts(inner.body, place) };
  return withRowsInOneLoop([...body.slice(0, -1), one], fresh);
};

const addsUp = ({ role, range, carries }: Loop): boolean =>
  role === "reduce" && range === null && carries.length === 0;

type Scatter = {
  readonly rows: Loop;
  readonly inner: readonly ReduceAxis[];
  /** Which slice a row is added to. */
  readonly at: Expr;
  readonly value: Expr;
};

/** After the loops that clear it, a result is added to in one loop over rows. */
const scatterIn = (body: readonly Stmt[], result: BufferDecl): Scatter | null => {
  const rows = body.at(-1);
  if (rows?.kind !== "for" || !addsUp(rows)) return null;
  const { axes, stmts } = spatialNest(rows.body);
  const [guard] = stmts;
  if (stmts.length !== 1 || guard?.kind !== "if" || guard.body.length !== 1) return null;
  const [add] = guard.body;
  if (add?.kind !== "store" || add.buffer !== result.name || add.accumulate !== "add") return null;
  const inside = new Set(axes.map((a) => a.name));
  const [at, ...rest] = add.index;
  if (
    at === undefined ||
    [at, guard.condition].some((e) => [...axesIn([e])].some((n) => inside.has(n)))
  )
    return null;
  const isWhole =
    rest.length === axes.length &&
    rest.every((e, k) => e.kind === "axis" && e.name === axes[k]!.name) &&
    axes.every((a) => typeof a.extent === "number");
  return isWhole ? { rows, inner: axes, at, value: add.value } : null;
};

/** Whether for each axis there is something to read that does not depend on it: lanes share that. */
const isOuterProduct = (value: Expr, inner: readonly ReduceAxis[]): boolean => {
  const read: ReadonlySet<string>[] = [];
  visitExprs([store("", [], value)], (e) => {
    if (e.kind === "load" && e.dtype === "f32") read.push(axesIn([e]));
  });
  const long = inner.filter((a) => a.extent !== 1);
  return (
    long.length > 1 &&
    long.every(({ name }) =>
      read.some((axes) => !axes.has(name) && long.some((a) => axes.has(a.name))),
    )
  );
};
