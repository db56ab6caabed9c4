// Which loop nests are a vector times a matrix, or sums of the columns of one: each row of the matrix is read once, in order.

import type { Expr } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { axesIn } from "../../lower/access.ts";
import { loadsAny, spatialNest, visitExprs } from "../../lower/statements.ts";
import { flattenAll } from "../emit/emit-statements.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import { storesOf } from "../../lower/contraction.ts";
import type { Store, Sum } from "../../lower/contraction.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { wordBytes } from "./loads.ts";
import { estimate } from "./estimate.ts";
import { isFixed, streamOf } from "./streams.ts";
import type { ProductParts } from "./products.ts";
import type { FixedStream, Stream } from "./streams.ts";

export type RowProduct = {
  readonly column: GridAxis;
  /** All other axes, outermost first. */
  readonly outer: readonly GridAxis[];
  readonly depth: readonly GridAxis[];
  /** What a row of the matrix is multiplied by; null where rows are just added up. */
  readonly left: Expr | null;
  readonly right: Stream;
  readonly sum: Expr;
  readonly stores: readonly FlatStmt[];
  /** Of the sums. */
  readonly panelBytes: number;
};

const leastDepth = 4;
const leastColumns = 16;
const mostColumns = 2 ** 14;

type PlainSum = {
  readonly axes: readonly GridAxis[];
  readonly column: GridAxis;
  readonly stores: readonly Store[];
  readonly sum: Sum;
  /** Of an operand that is loaded, as it lies along the column. */
  readonly stream: (e: Expr) => Stream | null;
};

/** A nest that stores what it makes of one sum without guards, long enough for more than a loop. */
const plainSumOf = (stmt: Stmt, { kernel, flat, interner }: ProductParts): PlainSum | null => {
  const { axes, stmts } = spatialNest([stmt]);
  const stores = storesOf(stmts);
  const column = axes.at(-1);
  if (stores === null || column === undefined || readsResults(kernel, stores)) return null;
  const sums: Sum[] = [];
  visitExprs(stores, (e) => {
    if (e.kind === "reduce") sums.push(e);
  });
  const [sum, another] = sums;
  if (sum === undefined || another !== undefined) return null;
  const isPlain =
    sum.op === "add" &&
    sum.dtype === "f32" &&
    sum.where === null &&
    sum.axes.every(({ range }) => range === null);
  const isLong =
    estimate(totalOf(sum.axes)) >= leastDepth && estimate(column.extent) >= leastColumns;
  if (!isPlain || !isLong) return null;
  const inDepth = new Set(sum.axes.map(({ name }) => name));
  const stream = (e: Expr): Stream | null =>
    streamOf(flat.expr(e), inDepth, sum.axes, column, interner);
  return { axes, column, stores, sum, stream };
};

export const rowProductOf = (stmt: Stmt, parts: ProductParts): RowProduct | null => {
  const { flat, bounds } = parts;
  const found = plainSumOf(stmt, parts);
  if (found === null) return null;
  const { axes, column, stores, sum } = found;
  const most = bounds.most(column.extent);
  if (most === null || most > mostColumns) return null;
  const stream = (e: Expr): Stream | null => {
    const own = found.stream(e);
    return own?.apart === wordBytes ? own : null;
  };
  const { body } = sum;
  const factors = factorsOf(body);
  const at = factors?.findIndex(
    (f, k) => stream(f) !== null && !axesIn([factors[1 - k]!]).has(column.name),
  );
  const right = stream(at === undefined ? body : (factors![at] ?? body));
  if (right === null) return null;
  return {
    column,
    outer: axes.slice(0, -1),
    depth: sum.axes,
    left: at === undefined ? null : flat.expr(factors![1 - at]!),
    right,
    sum: flat.expr(sum),
    stores: flattenAll({ flat }, stores),
    panelBytes: Math.ceil((wordBytes * most) / 16) * 16,
  };
};

/** A matrix times a vector, whose rows lie as the vector does. */
export type DotRows = {
  /** Which row. */
  readonly column: GridAxis;
  readonly outer: readonly GridAxis[];
  readonly depth: readonly GridAxis[];
  readonly left: Stream;
  readonly right: FixedStream;
  readonly sum: Expr;
  readonly stores: readonly FlatStmt[];
};

export const dotRowsOf = (stmt: Stmt, parts: ProductParts): DotRows | null => {
  const { flat } = parts;
  const found = plainSumOf(stmt, parts);
  const factors = found === null ? null : factorsOf(found.sum.body);
  if (found === null || factors === null) return null;
  const { axes, column, stores, sum } = found;
  const streams = factors.map((f) => {
    const own = found.stream(f);
    return own?.steps.at(-1) === wordBytes ? own : null;
  });
  const right = streams.find((own) => isFixed(own) && own.apart > 0) ?? null;
  const left = streams.find((own) => own?.apart === 0) ?? null;
  if (left === null || !isFixed(right)) return null;
  const outer = axes.slice(0, -1);
  const whole = flattenAll({ flat }, stores);
  return { column, outer, depth: sum.axes, left, right, sum: flat.expr(sum), stores: whole };
};

const factorsOf = (body: Expr): readonly Expr[] | null =>
  body.kind === "call" && body.fn === "mul" ? body.args : null;

const readsResults = (kernel: Kernel, stores: readonly Store[]): boolean => {
  const written = new Set(kernel.results.map(({ name }) => name));
  return stores.some((s) => [...s.index, s.value].some((e) => loadsAny(e, written)));
};
