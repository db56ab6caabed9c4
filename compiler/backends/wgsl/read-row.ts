// What a row program computes, without scratch: what that holds stands where it was read, and sums over columns are told apart
// into numbers of the row and vectors.

import { dimKey } from "../../ir/dim.ts";
import { rowsIn } from "../../kernel/buffers.ts";
import { axis, local } from "../../kernel/build.ts";
import type { Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import { printExpr } from "../../kernel/text.ts";
import { createFreeAxes } from "../../lower/access.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { loadsAny, storesIn, visitExprs } from "../../lower/statements.ts";
import { nestAt } from "../../schedule/nests.ts";
import type { Attention, RowNumber, RowSum } from "./attention.ts";
import type { Store, Sum } from "../../lower/contraction.ts";
import type { GridAxis } from "../../lower/launch.ts";

/** Products are still sums. */
export type ReadRow = Pick<Attention, "columns" | "range" | "numbers" | "sums" | "stores">;

/** What scratch holds at some axes. */
type Held = { readonly axes: readonly string[]; readonly value: Expr };

/** A sentence where it does anything else. */
export const readRow = (body: readonly Stmt[]): ReadRow | string => {
  const scratch = new Set(rowsIn(body).map(({ name }) => name));
  const columns = columnsOf(body, scratch);
  if (typeof columns === "string") return columns;
  const { axes, nameOf, range } = columns;
  const held = new Map<string, Held>();
  const locals = new Map<string, Expr>();
  const numbers: RowNumber[] = [];
  const sums: RowSum[] = [];
  const stores: Store[] = [];
  const wrong: string[] = [];
  const freeAxes = createFreeAxes();

  const number = ({ op, dtype, where, body: term }: Sum): Expr => {
    if ((op !== "add" && op !== "max") || dtype !== "f32" || where !== null)
      wrong.push("a number of its rows is no sum and no maximum");
    const text = printExpr(term);
    const known = numbers.find((one) => one.op === op && printExpr(one.term) === text);
    const name = known?.name ?? `${numbers.length}.number`;
    if (known === undefined) numbers.push({ name, op: op === "max" ? "max" : "add", term });
    return local(name, dtype);
  };
  const resolverFor = (width: readonly GridAxis[]): ((e: Expr) => Expr) =>
    createRebuild((e) => {
      switch (e.kind) {
        case "axis": {
          const name = nameOf.get(e.name);
          return name === undefined ? null : axis(name);
        }
        case "local":
          return locals.get(e.name) ?? null;
        case "load": {
          const found = held.get(e.buffer);
          if (found !== undefined) return at(found, e.index);
          if (scratch.has(e.buffer)) wrong.push("it reads scratch before it is written");
          return null;
        }
        case "reduce": {
          if (!nameOf.has(e.axes[0]!.name)) return null;
          const own = { ...e, axes: e.axes.map((a) => ({ ...a, name: nameOf.get(a.name)! })) };
          return width.some(({ name }) => freeAxes(e.body).has(name)) ? own : number(own);
        }
        default:
          return null;
      }
    });
  const storeAll = (stmts: readonly Stmt[], width: readonly GridAxis[]): void => {
    const resolve = resolverFor(width);
    for (const s of stmts) {
      if (s.kind === "let") locals.set(s.name, resolve(s.value));
      else if (s.kind !== "store" || s.accumulate !== null)
        wrong.push("it does more than to store what it computes");
      else if (scratch.has(s.buffer)) {
        if (held.has(s.buffer)) wrong.push("it writes scratch twice");
        const names = s.index.flatMap((e) => (e.kind === "axis" ? [e.name] : []));
        if (names.length < s.index.length) wrong.push("it writes scratch out of order");
        held.set(s.buffer, { axes: names, value: resolve(s.value) });
      } else {
        const store = { ...s, index: s.index.map(resolve), value: resolve(s.value) };
        if (width.length === 0) stores.push(store);
        else sums.push(...vectorOf(store, width, sums.length, wrong));
      }
    }
  };
  for (const s of body) {
    if (s.kind === "row") continue;
    if (s.kind !== "for") {
      storeAll([s], []);
      continue;
    }
    const nest = nestAt(s);
    if (nest.axes.some(({ role }) => role !== "spatial")) return "it does things in order";
    const isScratch = storesIn(nest.body).every(({ buffer }) => scratch.has(buffer));
    if (!isScratch && nest.axes.some((a) => a.range !== null))
      return "it stores parts of its results";
    storeAll(nest.body, isScratch ? [] : nest.axes);
  }
  return wrong[0] ?? { columns: axes, range, numbers, sums, stores };
};

const at = ({ axes, value }: Held, index: readonly Expr[]): Expr =>
  createRebuild((e) => {
    const k = e.kind === "axis" ? axes.indexOf(e.name) : -1;
    return k < 0 ? null : index[k]!;
  })(value);

/** The sum over columns that a store has, in its parts. Axes of its width get names of their own. */
const vectorOf = (
  store: Store,
  width: readonly GridAxis[],
  position: number,
  wrong: string[],
): readonly RowSum[] => {
  const own = width.map(({ extent }, k) => ({ name: `${position}.${k}.width`, extent }));
  const rename = createRebuild((e) => {
    const k = e.kind === "axis" ? width.findIndex(({ name }) => name === e.name) : -1;
    return k < 0 ? null : axis(own[k]!.name);
  });
  const made = { ...store, index: store.index.map(rename), value: rename(store.value) };
  const found: Sum[] = [];
  visitExprs([made], (e) => {
    if (e.kind === "reduce" && isColumn(e.axes[0]!.name)) found.push(e);
  });
  const [sum, another] = found;
  const factors = sum?.body.kind === "call" && sum.body.fn === "mul" ? sum.body.args : null;
  const isPlain = sum?.op === "add" && sum.dtype === "f32" && sum.where === null;
  if (factors === null || !isPlain || another !== undefined) {
    wrong.push("it stores more than sums of products");
    return [];
  }
  const freeAxes = createFreeAxes();
  const isWide = (e: Expr): boolean => own.some(({ name }) => freeAxes(e).has(name));
  const [a, b] = factors as [Expr, Expr];
  if (isWide(a) && isWide(b)) wrong.push("a weight has a width");
  const [value, weight] = isWide(a) ? [a, b] : [b, a];
  const name = `${position}.sum`;
  const withSum = createRebuild((e) => (e === sum ? local(name, "f32") : null));
  return [{ name, weight, value, width: own, store: { ...made, value: withSum(made.value) } }];
};

const isColumn = (name: string): boolean => name.endsWith(".column");

type Columns = Pick<Attention, "range"> & {
  readonly axes: readonly GridAxis[];
  /** Which of them an axis of a sum is. */
  readonly nameOf: ReadonlyMap<string, string>;
};

/** What sums of scratch run over, in whichever order: told apart by their extents. The one with a range is the first. */
const columnsOf = (body: readonly Stmt[], scratch: ReadonlySet<string>): Columns | string => {
  const lists: (readonly ReduceAxis[])[] = [];
  visitExprs(body, (e) => {
    if (e.kind === "reduce" && loadsAny(e.body, scratch)) lists.push(e.axes);
  });
  const ranged = lists.flat().filter(({ range }) => range !== null);
  const [first] = ranged;
  const order = (lists[0] ?? []).toSorted(
    (a, b) => Number(isAlike(b, first)) - Number(isAlike(a, first)),
  );
  const axes = order.map(({ extent }, k) => ({ name: `${k}.column`, extent }));
  if (axes.length === 0) return "it has no columns";
  if (new Set(axes.map(({ extent }) => dimKey(extent))).size < axes.length)
    return "its columns have axes of one length";
  const nameOf = new Map<string, string>();
  for (const list of lists) {
    if (list.length !== axes.length) return "it has columns of several kinds";
    for (const one of list) {
      const own = axes.find((a) => isAlike(a, one));
      if (own === undefined) return "it has columns of several kinds";
      nameOf.set(one.name, own.name);
    }
  }
  const isRanged = (list: readonly ReduceAxis[]): boolean =>
    list.filter(({ range }) => range !== null).length === (first === undefined ? 0 : 1);
  if (!lists.every(isRanged) || new Set(ranged.map(rangeText)).size > 1)
    return "its sums run over different columns";
  return { axes, nameOf, range: first?.range ?? null };
};

const isAlike = (a: Pick<GridAxis, "extent">, b: Pick<GridAxis, "extent"> | undefined): boolean =>
  b !== undefined && dimKey(a.extent) === dimKey(b.extent);

const rangeText = ({ range, extent }: ReduceAxis): string =>
  `${dimKey(extent)} ${printExpr(range!.from)} ${printExpr(range!.to)}`;
