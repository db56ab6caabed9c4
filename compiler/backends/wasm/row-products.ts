// Which loop nests are a vector times a matrix, or sums of the columns of one: each row of the matrix is read once, in order.

import type { Expr } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { childrenOf } from "../../lower/intern.ts";
import { loadsAny, spatialNest, visitExprs } from "../../lower/statements.ts";
import { flattenAll } from "../emit/emit-statements.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import { storesOf } from "../../lower/contraction.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { wordBytes } from "./loads.ts";
import { estimate, streamOf } from "./products.ts";
import type { ProductParts, Stream } from "./products.ts";

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

export const rowProductOf = (
  stmt: Stmt,
  { kernel, flat, interner, bounds }: ProductParts,
): RowProduct | null => {
  const { axes, stmts } = spatialNest([stmt]);
  const stores = storesOf(stmts);
  const column = axes.at(-1);
  if (stores === null || column === undefined || readsResults(kernel, stores)) return null;
  const sums: Extract<Expr, { kind: "reduce" }>[] = [];
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
  const most = bounds.most(column.extent);
  if (!isPlain || most === null || most > mostColumns) return null;
  if (estimate(totalOf(sum.axes)) < leastDepth || estimate(column.extent) < leastColumns)
    return null;
  const inDepth = new Set(sum.axes.map(({ name }) => name));
  const stream = (e: Expr): Stream | null => {
    const found = streamOf(flat.expr(e), inDepth, sum.axes, column, interner);
    return found?.apart === wordBytes ? found : null;
  };
  const { body } = sum;
  const factors = body.kind === "call" && body.fn === "mul" ? body.args : null;
  const at = factors?.findIndex((f, k) => stream(f) !== null && !reaches(factors[1 - k]!, column));
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

const readsResults = (
  kernel: Kernel,
  stores: readonly Extract<Stmt, { kind: "store" }>[],
): boolean => {
  const written = new Set(kernel.results.map(({ name }) => name));
  return stores.some((s) => [...s.index, s.value].some((e) => loadsAny(e, written)));
};

const reaches = (e: Expr, { name }: GridAxis): boolean =>
  e.kind === "axis"
    ? e.name === name
    : childrenOf(e).some((child) => reaches(child, { name, extent: 0 }));
