// Which loop nests are sums of products that are computed in tiles, and how their operands are read there.

import type { Dim } from "../../ir/dim.ts";
import { add, mul } from "../../ir/dim.ts";
import { andB, axis, call, local, num, select, size } from "../../kernel/build.ts";
import type { Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { axesIn } from "../../lower/access.ts";
import { endsOf } from "../../lower/intern.ts";
import type { Interner } from "../../lower/intern.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { mapStmts, spatialNest } from "../../lower/statements.ts";
import type { Bounds } from "../../lower/bounds-in-launches.ts";
import { flattenAll } from "../emit/emit-statements.ts";
import type { Flat } from "../emit/flatten.ts";
import { contractionOf } from "../../lower/contraction.ts";
import type { Contraction, Factor } from "../../lower/contraction.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis, Launch } from "../../lower/launch.ts";
import { columnsAtOnce, longDepth, splitOf, stepsAtOnce, waitInResult } from "./across.ts";
import { estimate } from "./estimate.ts";
import { tileColumns, tileRows } from "./tile-size.ts";
import { wordBytes } from "./loads.ts";
import type { Parts, Product, Ranges, Turned } from "./product.ts";
import { inRowRanges } from "./row-ranges.ts";
import type { InRowRanges } from "./row-ranges.ts";
import { isEven, isFixed, stepsOver, streamOf } from "./streams.ts";
import type { FixedStream, Stream } from "./streams.ts";

export const leastDepth = 8;
export const leastColumns = 4;

export type ProductParts = {
  readonly kernel: Kernel;
  readonly flat: Flat;
  readonly interner: Interner;
  readonly bounds: Bounds;
  /** Of all axes, those included that only the code has. */
  readonly extents: Map<string, Dim>;
};

/** Null where it is none, or too small for tiles. */
export const productOf = (stmt: Stmt, parts: ProductParts): Product | null =>
  productIn(spatialNest([stmt]), parts, false);

type Nest = ReturnType<typeof spatialNest>;

/** `isInner`: other loops are around it. */
export const productIn = (nest: Nest, parts: ProductParts, isInner: boolean): Product | null => {
  const { axes, stmts } = nest;
  if (axes.length < 2) return null;
  const found = betweenEnds(parts.kernel, { grid: axes, body: stmts });
  if (found === null) return null;
  const make = (way: Partial<Found>): Product | null => {
    const rowAt = found.contraction.rows.length - 1;
    return tilesOf({ ...found, rowAt, ...asItIs, ...way }, nest, parts, isInner);
  };
  const own = make({});
  if (isInner || found.depth.length > 0) return own;
  const ranged = inRowRanges(found.contraction);
  const exact = ranged === null ? null : make(ranged);
  if (exact !== null) {
    const { extent } = exact.row;
    if (typeof extent === "number" || own === null) return exact;
    return { ...exact, others: [{ product: own, count: extent, below: tileRows }] };
  }
  const mostDepth = own === null ? null : depthAcross(own);
  if (own === null || mostDepth === null) return own;
  const inChunks = own.parts === null ? make({ mostDepth, isLong: true }) : null;
  const long = inChunks ?? own;
  const deep = totalOf(own.contraction.depth);
  const short = typeof deep === "number" ? null : make({ mostDepth });
  if (short === null) return long;
  return { ...long, others: [{ product: short, count: deep, below: mostDepth + 1 }] };
};

type Found = Between &
  Pick<InRowRanges, "rowAt"> & {
    /** Null where what rows leave out is 0 in one of the operands. */
    readonly rowRanges: InRowRanges["rowRanges"] | null;
    /** With a depth of so many steps at most, for which rows are copied, or of so many at a time; null for any. */
    readonly mostDepth: number | null;
    readonly isLong: boolean;
  };
const asItIs = { rowRanges: null, mostDepth: null, isLong: false } as const;

/** For how many steps to copy rows that lie side by side and are read as they lie so far; null where they do not. */
const depthAcross = ({ contraction, column, leftStream }: Product): number | null =>
  typeof totalOf(contraction.rows) === "number" && leftStream?.apart === wordBytes
    ? stepsAtOnce(column.extent)
    : null;

const tilesOf = (
  { contraction, depth: rangedDepth, rowAt, rowRanges, mostDepth, isLong }: Found,
  { axes }: Nest,
  parts: ProductParts,
  isInner: boolean,
): Product | null => {
  const { flat, interner, bounds } = parts;
  const { rows, columns, batch, depth, left, right, sum } = contraction;
  // One row is a vector times a matrix.
  if (totalOf(rows) === 1) return null;
  const isGuarded = rowRanges === null && left.guards.length + right.guards.length > 0;
  if (isGuarded && reachesAny(right.guards, columns)) return null;
  const [row, column] = [rows.at(-1)!, columns.at(-1)!];
  if (estimate(totalOf(depth)) < leastDepth || estimate(column.extent) < leastColumns) return null;
  const inDepth = new Set(depth.map(({ name }) => name));
  const stream = (value: Expr, side: GridAxis): Stream | null =>
    isGuarded ? null : streamOf(flat.expr(value), inDepth, depth, side, interner);
  const leftStream = stream(left.value, row);
  const rightStream = stream(right.value, column);
  const deep = totalOf(depth);
  const isAcross =
    !isInner &&
    rowRanges === null &&
    rangedDepth.length === 0 &&
    leftStream?.apart === wordBytes &&
    typeof totalOf(rows) === "number";
  const block = isAcross ? columnsAtOnce(column.extent, mostDepth ?? deep) : null;
  const own = isEven(leftStream) && block === null ? leftStream : null;
  if (own === null && rowRanges !== null) return null;
  const most = panelBound(bounds);
  const stepsOf = (axes: readonly GridAxis[]): number =>
    (most(totalOf(axes)) ?? Infinity) / wordBytes;
  const ranges: Ranges = new Map(
    [...axes, ...rangedDepth].flatMap(({ name, range }) =>
      range === null ? [] : [[name, flat.range(range)!] as const],
    ),
  );
  const isSmall = isInner && areFew(totalOf(rows));
  const turned =
    isSmall && isTurnable(right.value, rightStream, parts)
      ? turnedOf(contraction, rightStream, most)
      : null;
  const lies = own !== null || isSmall;
  const direct =
    turned !== null
      ? turnedStream(turned, contraction, interner)
      : lies && rightStream?.apart === wordBytes
        ? rightStream
        : null;
  if (isInner && (!isSmall || direct === null || contraction.isMasked)) return null;
  const copiedColumns = direct !== null && isSmall ? 0 : (block ?? column.extent);
  const whole = most(
    mul(mostDepth ?? deep, own === null ? add(copiedColumns, tileRows) : tileColumns),
  );
  const isOfData = whole === null && own === null && !isInner && isRanged(contraction, ranges);
  const chunk =
    (isLong || isOfData) && waitInResult(contraction)
      ? splitOf(depth, mostDepth ?? chunkSteps, stepsOf)
      : null;
  if (isLong && chunk === null) return null;
  const panelBytes =
    isOfData && chunk !== null ? most(mul(chunkSteps, add(column.extent, tileRows))) : whole;
  const inParts =
    own === null || isInner || ranges.size > 0 ? null : partsOf(contraction, own, most, stepsOf);
  if (panelBytes === null && (direct === null || own === null) && inParts === null) return null;
  const isOpen = typeof totalOf(rows) !== "number" && own !== null && ranges.size === 0;
  const outer = new Set([...batch, ...columns.slice(0, -1)].map(({ name }) => name));
  return {
    contraction,
    row,
    column,
    outer: axes.filter(({ name }) => outer.has(name)),
    outerRows: rows.slice(0, rowAt),
    innerRows: rows.slice(rowAt, -1),
    sum: flat.expr(sum),
    stores: flattenAll({ flat }, contraction.stores),
    left: flat.expr(guarded(left)),
    right: flat.expr(guarded(right)),
    leftStream: own,
    rightStream: direct,
    rightAlong:
      direct === null && isFixed(rightStream) && rightStream.steps.at(-1) === wordBytes
        ? rightStream
        : null,
    isInterleaved: typeof deep !== "number" || !left.liesAlongDepth,
    panelBytes: inParts === null ? panelBytes : inParts.copyBytes + inParts.sumBytes,
    rowBytes: isOpen && direct !== null ? most(column.extent) : null,
    mayBeFew: isOpen && direct === null,
    parts: inParts,
    ranges,
    rowRanges: depth.map((_, k) => flat.range(rowRanges?.[k] ?? null)),
    isMasked: rowRanges === null && contraction.isMasked,
    others: [],
    turned,
    chunk,
    block: own === null ? block : null,
  };
};

/** Whether the depth is one axis between ends that data give. */
const isRanged = ({ depth }: Contraction, ranges: Ranges): boolean =>
  depth.length === 1 && ranges.size === 1 && ranges.has(depth[0]!.name);

type Between = {
  readonly contraction: Contraction;
  /** Axes of the depth with ranges, which the contraction has whole. */
  readonly depth: readonly ReduceAxis[];
};

/** A contraction whose sum runs between ends, where these are the same for all rows and columns. */
const betweenEnds = (kernel: Kernel, launch: Launch): Between | null => {
  const whole = contractionOf(kernel, launch);
  if (typeof whole === "string") return null;
  const { rows, columns, sum, stores } = whole;
  const changing = new Set([...rows, ...columns, ...sum.axes].map(({ name }) => name));
  const isSame = ({ range }: ReduceAxis): boolean =>
    range !== null && ![...axesIn(endsOf(range))].some((name) => changing.has(name));
  const asIs = { contraction: whole, depth: [] };
  if (!sum.axes.some(isSame)) return asIs;
  const axes = sum.axes.map((a) => (isSame(a) ? { ...a, range: null } : a));
  const rebuild = createRebuild((e) => (e === sum ? { ...sum, axes } : null));
  const contraction = contractionOf(kernel, { ...launch, body: mapStmts(stores, rebuild) });
  return typeof contraction === "string" || contraction.isMasked
    ? asIs
    : { contraction, depth: sum.axes.filter(isSame) };
};

/** From so many rows on a copy of the columns that they read pays. */
export const manyRows = 16;

const areFew = (rows: Dim): boolean => typeof rows === "number" && rows < manyRows;

/** Columns of a buffer that stays as it is, wherever they are read. */
const isTurnable = (
  value: Expr,
  stream: Stream | null,
  { kernel, flat }: ProductParts,
): stream is FixedStream =>
  isFixed(stream) &&
  stream.steps.at(-1) === wordBytes &&
  value.kind === "load" &&
  kernel.params.some(({ name }) => name === value.buffer) &&
  flat.isInside(flat.expr(value));

const turnedOf = (
  { columns, depth }: Contraction,
  from: FixedStream,
  most: (words: Dim) => number | null,
): Turned | null => {
  const { name, extent } = columns.at(-1)!;
  // Steps that are a power of two apart would all lie in the same few lines of the cache.
  const pitch = add(extent, 16);
  const bytes = most(mul(totalOf(depth), pitch));
  return bytes === null
    ? null
    : { name: `turned ${name}`, from, pitch: mul(pitch, wordBytes), bytes };
};

const turnedStream = (
  { name, pitch }: Turned,
  { columns, depth }: Contraction,
  interner: Interner,
): Stream => {
  const behind = call("mul", axis(columns.at(-1)!.name), size(wordBytes));
  return {
    start: interner.intern(call("add", local(name, "i32"), behind)),
    steps: stepsOver(depth, pitch),
    apart: wordBytes,
  };
};

/** Steps of a part, where rows lie along the depth, and where a line of the cache has one step of several rows. */
const partSteps = { along: 512, across: 128 };
const mostSumBytes = 2 ** 20;

/** `most`: bytes of so many words at most. */
const partsOf = (
  { depth, rows, columns }: Contraction,
  { steps }: Stream,
  most: (words: Dim) => number | null,
  stepsOf: (axes: readonly GridAxis[]) => number,
): Parts | null => {
  const sums = mul(totalOf(rows), totalOf(columns));
  if (estimate(totalOf(depth)) < longDepth || typeof sums !== "number") return null;
  const mostSteps = partSteps[steps.at(-1) === wordBytes ? "along" : "across"];
  const sumBytes = Math.ceil((wordBytes * sums) / 16) * 16;
  if (sumBytes > mostSumBytes) return null;
  const split = splitOf(depth, mostSteps, stepsOf);
  if (split === null) return null;
  const { axis, rounds, inner } = split;
  return { axis, rounds, copyBytes: wordBytes * tileColumns * rounds * inner, sumBytes };
};

const guarded = ({ value, guards }: Factor): Expr =>
  guards.length === 0 ? value : select(guards.reduce(andB), value, num(0));

const reachesAny = (guards: readonly Expr[], axes: readonly GridAxis[]): boolean =>
  axes.some(({ name }) => axesIn(guards).has(name));

const chunkSteps = 512;
const mostPanelBytes = 2 ** 23;

/** Bytes of so many words at most; null where these are too many, or nobody knows. */
export const panelBound =
  ({ most }: Bounds) =>
  (words: Dim): number | null => {
    const found = most(words);
    return found === null || wordBytes * found > mostPanelBytes ? null : wordBytes * found;
  };
