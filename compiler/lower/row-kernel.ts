// A kernel over rows: sums and maxima of a row, then what is made of its elements with them, row after row.

import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import { equalShapes } from "../ir/type.ts";
import { axis, letStmt, load, local, loops, over, row as rowStmt, store } from "../kernel/build.ts";
import type { Expr, ReduceAxis, ReduceOp } from "../kernel/expr.ts";
import type { BufferDecl, Stmt } from "../kernel/kernel.ts";
import { createFreeAxes } from "./access.ts";
import { createElements, isSameIndex } from "./elements.ts";
import type { Root } from "./fuse.ts";
import { domainNames } from "./kernel-names.ts";
import type { KernelNames } from "./kernel-names.ts";
import { longIndex, longShape, wholeIndex } from "./long-axes.ts";
import type { Group } from "./group.ts";
import { createRebuild } from "./rebuild.ts";
import { visitExprs } from "./statements.ts";
import { blockRows } from "./streams/block-rows.ts";
import { narrow } from "./streams/narrow.ts";
import type { Built, KernelContext } from "./to-kernels.ts";

/** Rows of a stream that are made side by side. */
const rowsAtOnce = 4;

/** A loop over the columns of a row, what is known before it, and the values it computes. */
type Phase = {
  readonly before: readonly Stmt[];
  readonly axes: readonly ReduceAxis[];
  readonly members: Set<Value>;
  readonly stores: Stmt[];
};

/**
 * The first `group.rows` axes are those of the rows, in a stream those that it says. A value of just their shape is a
 * number of the row; all others have columns. `kept`: values that are read elsewhere; other columns live in scratch of one row, if they are read again.
 */
export const rowsOf = (
  context: KernelContext,
  group: Group,
  kept: ReadonlySet<Value>,
  names: KernelNames,
): Built => {
  const loopsOver = (extents: readonly Dim[], from: number): readonly ReduceAxis[] =>
    extents.map((extent, k) => over(names.forAxis(domainNames[from + k] ?? "i"), extent));
  const leading = Array.from({ length: group.rows }, (_, axis) => axis);
  const rowAxesOf = (value: Value): readonly number[] =>
    group.stream === null ? leading : group.stream.rowAxesOf(value);
  const first = group.roots[0]!.value;
  const rows = loopsOver(
    rowAxesOf(first).map((axis) => longShape(first)[axis]!),
    0,
  );
  const row = rows.map((a) => axis(a.name));
  const members = new Set(group.roots.map((r) => r.value));
  const numbers = new Map<Value, Expr>();
  const columns = new Map<Value, BufferDecl>();
  const results: { readonly value: Value; readonly decl: BufferDecl }[] = [];
  const phases: (Phase | readonly Stmt[])[] = [];
  let open: Phase | null = null;

  const declOf = (value: Value): BufferDecl => {
    const name = names.forValue(value);
    if (!kept.has(value)) return { name, ...value.type, shape: columnsOf(value) };
    const decl = { name, ...value.type };
    results.push({ value, decl });
    return decl;
  };
  const inColumns = <T>(value: Value, long: readonly T[]): readonly T[] => {
    const own = rowAxesOf(value);
    return long.filter((_, axis) => !own.includes(axis));
  };
  const columnsOf = (value: Value): readonly Dim[] => inColumns(value, longShape(value));
  const indexIn = (value: Value, index: readonly Expr[]): readonly Expr[] =>
    kept.has(value) ? index : inColumns(value, longIndex(value, index));
  const here = (value: Value, axes: readonly ReduceAxis[]): readonly Expr[] => {
    const own = rowAxesOf(value);
    const columns = axes.map((a) => axis(a.name));
    const long = longShape(value).map((_, k) => {
      const at = own.indexOf(k);
      return at < 0 ? columns[k - own.filter((other) => other < k).length]! : row[at]!;
    });
    return wholeIndex(value, long);
  };
  const { at, params } = createElements(context, names, (value, index) => {
    if (!members.has(value)) return null;
    const number = numbers.get(value);
    if (number !== undefined) return number;
    if (!columns.has(value)) return "compute";
    const isHere = open?.members.has(value) && isSameIndex(index, here(value, open.axes));
    return isHere ? "compute" : load(columns.get(value)!, indexIn(value, index));
  });

  let lets: Stmt[] = [];
  const freeAxes = createFreeAxes();
  const rowAxes = new Set(rows.map((a) => a.name));
  /** Sums that are the same for the whole row are taken before its loops. */
  const hoist = createRebuild((e) => {
    if (e.kind !== "reduce" || [...freeAxes(e)].some((name) => !rowAxes.has(name))) return null;
    const name = names.forAxis(letNames[e.op]);
    lets.push(letStmt(name, e));
    return local(name, e.dtype);
  });

  const addNumber = (value: Value): void => {
    open = null;
    lets = [];
    const index = here(value, []);
    const made = hoist(at(value, index));
    const name = names.forAxis(value.hint ?? "row");
    const stmts: Stmt[] = [...lets, letStmt(name, made)];
    numbers.set(value, local(name, made.dtype));
    if (kept.has(value)) stmts.push(store(declOf(value).name, index, local(name, made.dtype)));
    phases.push(stmts);
  };
  const addColumns = (root: Root): void => {
    const { value } = root;
    if (open === null || !fits(open, root)) {
      const axes = loopsOver(columnsOf(value), rows.length);
      lets = [];
      open = { before: lets, axes, members: new Set(), stores: [] };
      phases.push(open);
    }
    const index = here(value, open.axes);
    const made = hoist(at(value, index));
    open.members.add(value);
    columns.set(value, declOf(value));
    open.stores.push(store(columns.get(value)!.name, indexIn(value, index), made));
  };
  /** Whether all that it reads of a loop is the element that the loop is at. */
  const fits = (phase: Phase, root: Root): boolean =>
    group.stream === null &&
    equalShapes(
      columnsOf(root.value),
      phase.axes.map((a) => a.extent),
    ) &&
    group.readsOf(root).every(({ value, identity }) => identity || !phase.members.has(value));

  for (const root of group.roots) {
    if (columnsOf(root.value).length === 0) addNumber(root.value);
    else addColumns(root);
  }
  const loaded = new Set<string>();
  const all = phases.flatMap((p) => ("axes" in p ? [...p.before, ...p.stores] : p));
  visitExprs(all, (e) => {
    if (e.kind === "load") loaded.add(e.buffer);
  });
  const isNeeded = (stmt: Stmt): boolean =>
    stmt.kind !== "store" ||
    loaded.has(stmt.buffer) ||
    results.some((r) => r.decl.name === stmt.buffer);
  const body = phases.flatMap((p): readonly Stmt[] => {
    if (!("axes" in p)) return p;
    const stores = p.stores.filter(isNeeded);
    return stores.length === 0 ? [] : [...p.before, ...loops(p.axes, stores)];
  });
  const scratch = [...columns]
    .filter(([value, { name }]) => !kept.has(value) && loaded.has(name))
    .map(([, decl]) => decl);
  const narrowed = narrow(
    body,
    new Map(rows.map((a) => [a.name, a.extent])),
    new Set(scratch.map(({ name }) => name)),
  );
  const last = rows.at(-1);
  const isBlocked = group.stream !== null && last !== undefined;
  const inner = isBlocked
    ? blockRows(last, scratch, narrowed, rowsAtOnce, names.forAxis)
    : [...scratch.map(rowStmt), ...narrowed];
  return {
    body: loops(isBlocked ? rows.slice(0, -1) : rows, inner),
    axes: [...rows, ...phases.flatMap((p) => ("axes" in p ? p.axes : []))],
    results,
    params,
  };
};

const letNames: Readonly<Record<ReduceOp, string>> = {
  add: "sum",
  mul: "product",
  max: "most",
  min: "least",
  argmax: "position",
};
