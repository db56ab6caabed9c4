// A kernel over rows: sums and maxima of a row, then what is made of its elements with them, row after row.

import type { Value } from "../ir/graph.ts";
import { equalShapes } from "../ir/type.ts";
import { axis, int, load, local, letStmt, loop, loops, store } from "../kernel/build.ts";
import type { Expr, ReduceAxis } from "../kernel/expr.ts";
import type { BufferDecl, Stmt } from "../kernel/kernel.ts";
import { createElements, isSameIndex } from "./elements.ts";
import type { Root } from "./fuse.ts";
import { domainNames } from "./kernel-names.ts";
import type { KernelNames } from "./kernel-names.ts";
import type { Group } from "./merge.ts";
import { visitExprs } from "./statements.ts";
import type { Built, KernelContext } from "./to-kernels.ts";

/** A loop over the columns of a row, and the values it computes. */
type Phase = {
  readonly axes: readonly ReduceAxis[];
  readonly members: Set<Value>;
  readonly stores: Stmt[];
};

/**
 * The first `group.rows` axes are those of the rows. A value of just their shape is a number of the row; all others have
 * columns. `kept`: values that are read elsewhere; other columns live in scratch of one row, if they are read again.
 */
export const rowsOf = (
  context: KernelContext,
  group: Group,
  kept: ReadonlySet<Value>,
  names: KernelNames,
): Built => {
  const first = group.roots[0]!.value.type.shape.slice(0, group.rows);
  const rows = first.map((extent, k) => ({ name: names.forAxis(domainNames[k] ?? "i"), extent }));
  const row = indexOver(rows);
  const members = new Set(group.roots.map((r) => r.value));
  const numbers = new Map<Value, Expr>();
  const columns = new Map<Value, BufferDecl>();
  const results: { readonly value: Value; readonly decl: BufferDecl }[] = [];
  const phases: (Phase | readonly Stmt[])[] = [];
  let open: Phase | null = null;

  const declOf = (value: Value): BufferDecl => {
    const name = names.forValue(value);
    if (!kept.has(value)) return { name, ...value.type, shape: value.type.shape.slice(group.rows) };
    const decl = { name, ...value.type };
    results.push({ value, decl });
    return decl;
  };
  const indexIn = (value: Value, index: readonly Expr[]): readonly Expr[] =>
    kept.has(value) ? index : index.slice(group.rows);
  const { at, params } = createElements(context, names, (value, index) => {
    if (!members.has(value)) return null;
    const number = numbers.get(value);
    if (number !== undefined) return number;
    if (!columns.has(value)) return "compute";
    const isHere =
      open?.members.has(value) && isSameIndex(index, [...row, ...indexOver(open.axes)]);
    return isHere ? "compute" : load(columns.get(value)!, indexIn(value, index));
  });

  const addNumber = (value: Value): void => {
    open = null;
    const made = at(value, row);
    const name = names.forAxis(value.hint ?? "row");
    const stmts: Stmt[] = [letStmt(name, made)];
    numbers.set(value, local(name, made.dtype));
    if (kept.has(value)) stmts.push(store(declOf(value).name, row, local(name, made.dtype)));
    phases.push(stmts);
  };
  const addColumns = (root: Root): void => {
    const { value } = root;
    const extents = value.type.shape.slice(group.rows);
    if (open === null || !fits(open, root, extents)) {
      const axes = extents.map((extent, k) => ({
        name: names.forAxis(domainNames[group.rows + k] ?? "i"),
        extent,
      }));
      open = { axes, members: new Set(), stores: [] };
      phases.push(open);
    }
    const index = [...row, ...indexOver(open.axes)];
    const made = at(value, index);
    open.members.add(value);
    columns.set(value, declOf(value));
    open.stores.push(store(columns.get(value)!.name, indexIn(value, index), made));
  };
  /** Whether all that it reads of a loop is the element that the loop is at. */
  const fits = (phase: Phase, root: Root, extents: Root["value"]["type"]["shape"]): boolean =>
    equalShapes(
      extents,
      phase.axes.map((a) => a.extent),
    ) && group.readsOf(root).every(({ value, identity }) => identity || !phase.members.has(value));

  for (const root of group.roots) {
    if (root.value.type.shape.length === group.rows) addNumber(root.value);
    else addColumns(root);
  }
  const loaded = new Set<string>();
  const all = phases.flatMap((p) => ("axes" in p ? p.stores : p));
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
    return stores.length === 0 ? [] : loops(longer(p.axes), stores);
  });
  const scratch = [...columns]
    .filter(([value, { name }]) => !kept.has(value) && loaded.has(name))
    .map(([, decl]) => decl);
  // Rows that share scratch come one after another.
  const role = scratch.length > 0 ? "sequential" : "spatial";
  return {
    body: longer(rows).reduceRight<readonly Stmt[]>(
      (inner, a) => [loop(a.name, a.extent, inner, role)],
      body,
    ),
    axes: [...rows, ...phases.flatMap((p) => ("axes" in p ? p.axes : []))],
    results,
    scratch,
    params,
  };
};

const longer = (axes: readonly ReduceAxis[]): readonly ReduceAxis[] =>
  axes.filter((a) => a.extent !== 1);

const indexOver = (axes: readonly ReduceAxis[]): readonly Expr[] =>
  axes.map((a) => (a.extent === 1 ? int(0) : axis(a.name)));
