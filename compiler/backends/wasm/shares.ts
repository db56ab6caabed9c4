// How a part of a kernel is split among threads: along one axis, of which each element is stored by one thread alone. Sums
// are never split, so the bits are those of one thread.

import { add, mul } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import { childrenOf } from "../../lower/intern.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { storesIn, visitExprs } from "../../lower/statements.ts";
import { costs } from "./choose-vectors.ts";
import type { Vectors } from "./choose-vectors.ts";
import type { ChannelSum } from "./channel-sums.ts";
import { channelQuantum } from "./tiles.ts";
import type { GroupedProduct } from "./grouped-products.ts";
import { estimate } from "./estimate.ts";
import type { Product } from "./product.ts";
import type { RowProduct } from "./row-products.ts";
import { columnQuantum, rowQuantum } from "./tiles.ts";

export type Share = {
  readonly axis: GridAxis;
  /** Shares begin at multiples of it. */
  readonly quantum: number;
  /** Fewer are not worth a meeting of threads. */
  readonly least: number;
  /** How long all of it takes one thread, in units of 10 picoseconds. */
  readonly work: Dim;
};

/** What has to take how long, in microseconds, to be split, and to wake threads for. */
export type Sharing = {
  readonly split: number;
  readonly wake: number;
  /** Words that threads store side by side: less than a line of the cache makes them wait for each other. */
  readonly line: number;
};

export const sharing: Sharing = { split: 4, wake: 200, line: 16 };

export const unitsPerMicrosecond = 100_000;

/** In units. */
const time = { multiplyAdd: 5, rowElement: 6, vectorOperation: 8, operation: 25 } as const;
type Candidate = GridAxis & { readonly quantum: number };

export const shareOfProduct = (stmt: Stmt, product: Product, sharing: Sharing): Share | null => {
  const { contraction, leftStream, outer, outerRows, innerRows, row, column } = product;
  const { rows, columns, batch, depth } = contraction;
  const work = mul(time.multiplyAdd, totalOf([...batch, ...rows, ...columns, ...depth]));
  const apart = (axis: GridAxis): Candidate => ({ ...axis, quantum: 1 });
  const ofColumns = { ...column, quantum: columnQuantum };
  const ofRows = [
    ...outerRows.map(apart),
    { ...row, quantum: rowQuantum },
    ...innerRows.map(apart),
  ];
  // Copies that all threads have to make are those of the operand that is not split.
  const inner = leftStream === null ? [...ofRows, ofColumns] : [ofColumns, ...ofRows];
  return bestOf([...outer.map(apart), ...inner], stmt, work, sharing);
};

export const shareOfRowProduct = (
  stmt: Stmt,
  { column, outer, depth }: Pick<RowProduct, "column" | "outer" | "depth">,
  sharing: Sharing,
): Share | null =>
  bestOf(
    [{ ...column, quantum: columnQuantum }],
    stmt,
    mul(time.rowElement, totalOf([...outer, column, ...depth])),
    sharing,
  );

export const shareOfChannels = (
  stmt: Stmt,
  { column, outer, depth }: ChannelSum,
  sharing: Sharing,
): Share | null => {
  const work = mul(time.rowElement, totalOf([...outer, column, ...depth]));
  const apart = outer.map((axis): Candidate => ({ ...axis, quantum: 1 }));
  return bestOf([...apart, { ...column, quantum: channelQuantum }], stmt, work, sharing);
};

/** Each thread lists all rows by itself. */
export const shareOfGrouped = (
  stmt: Stmt,
  { product: { column, contraction } }: GroupedProduct,
  sharing: Sharing,
): Share | null => {
  const all = [...contraction.rows, column, ...contraction.depth];
  const work = mul(time.multiplyAdd, totalOf(all));
  return bestOf([{ ...column, quantum: columnQuantum }], stmt, work, sharing);
};

/** `apart`: axes of loops that are run whole. */
export const shareOfLoops = (
  stmt: Stmt,
  vectors: Vectors,
  sharing: Sharing,
  apart: ReadonlySet<string> = new Set(),
): Share | null => {
  const inFours = new Set(
    [...vectors.loops].flatMap((s) => (s.kind === "for" ? [s.axis.name] : [])),
  );
  const loops = independentLoops(stmt).filter(({ axis }) => !apart.has(axis));
  const candidates = loops.map(({ axis, extent, isInner }) => ({
    name: axis,
    extent,
    quantum: isInner || inFours.has(axis) ? sharing.line : 1,
  }));
  return bestOf(candidates, stmt, workOf([stmt], inFours, vectors), sharing);
};

/** Chunks that are enough for any number of threads. */
const plenty = 8;

const bestOf = (
  candidates: readonly Candidate[],
  stmt: Stmt,
  work: Dim,
  { split }: Sharing,
): Share | null => {
  const shares = candidates.flatMap(({ quantum, ...axis }) => {
    if (!isStoredApart(stmt, axis.name)) return [];
    const extent = estimate(axis.extent);
    const chunks = Math.ceil(extent / quantum);
    const one = estimate(work) / extent;
    const least = Math.max(quantum + 1, Math.ceil((split * unitsPerMicrosecond) / one));
    if (!(chunks > 1) || (typeof axis.extent === "number" && extent < least)) return [];
    return [{ axis, quantum, least, work, chunks }];
  });
  const many = shares.find(({ chunks }) => chunks >= plenty);
  const most = shares.reduce<(typeof shares)[number] | null>(
    (best, share) => (best === null || share.chunks > best.chunks ? share : best),
    null,
  );
  const best = many ?? most;
  return best === null
    ? null
    : { axis: best.axis, quantum: best.quantum, least: best.least, work: best.work };
};

/** Loops around all that a statement does, outermost first. */
const independentLoops = (
  stmt: Stmt,
): readonly { readonly axis: string; readonly extent: Dim; readonly isInner: boolean }[] => {
  if (stmt.kind !== "for" || stmt.range !== null || stmt.carries.length > 0) return [];
  if (stmt.role !== "spatial" && stmt.role !== "unroll") return [];
  const [only] = stmt.body;
  const { axis, extent } = stmt;
  const isInner = !stmt.body.some(({ kind }) => kind === "for");
  const inner = stmt.body.length === 1 && only !== undefined ? independentLoops(only) : [];
  return [{ axis, extent, isInner }, ...inner];
};

/** Whether each round of the axis stores elements of its own, and reads of what is stored its own alone. Scratch is one for all. */
const isStoredApart = (stmt: Stmt, axis: string): boolean => {
  if (hasRows([stmt])) return false;
  const places = new Map<string, number>();
  const isOwn = (e: Expr | undefined): boolean => e?.kind === "axis" && e.name === axis;
  for (const { buffer, index } of storesIn([stmt])) {
    const place = index.findIndex(isOwn);
    if (place < 0 || (places.get(buffer) ?? place) !== place) return false;
    places.set(buffer, place);
  }
  let isApart = true;
  visitExprs([stmt], (e) => {
    const place = e.kind === "load" ? places.get(e.buffer) : undefined;
    if (e.kind === "load" && place !== undefined && !isOwn(e.index[place])) isApart = false;
  });
  return isApart;
};

const hasRows = (stmts: readonly Stmt[]): boolean =>
  stmts.some((s) => s.kind === "row" || ((s.kind === "for" || s.kind === "if") && hasRows(s.body)));

const workOf = (stmts: readonly Stmt[], inFours: ReadonlySet<string>, { sums }: Vectors): Dim => {
  const ofExpr = (root: Expr, isVector: boolean): Dim => {
    const seen = new Set<Expr>();
    const visit = (e: Expr): Dim => {
      if (seen.has(e)) return 0;
      seen.add(e);
      if (e.kind === "reduce") {
        const isOwn = isVector || sums.has(e.axes.at(-1)!.name);
        return mul(totalOf(e.axes), add(ofExpr(e.body, isOwn), timeOf(1, isOwn)));
      }
      const own = e.kind === "call" ? (costs[e.fn] ?? 1) : e.kind === "load" ? 1 : 0;
      return childrenOf(e).map(visit).reduce(add, timeOf(own, isVector));
    };
    return visit(root);
  };
  const ofStmts = (list: readonly Stmt[], isVector: boolean): Dim =>
    list.reduce<Dim>((sum, s) => {
      switch (s.kind) {
        case "for":
          return add(sum, mul(s.extent, ofStmts(s.body, isVector || inFours.has(s.axis))));
        case "if":
          return add(sum, ofStmts(s.body, isVector));
        case "let":
        case "store":
          return add(sum, add(ofExpr(s.value, isVector), timeOf(1, isVector)));
        case "next":
        case "row":
          return sum;
      }
    }, 0);
  return ofStmts(stmts, false);
};

const timeOf = (operations: number, isVector: boolean): number =>
  operations * (isVector ? time.vectorOperation : time.operation);
