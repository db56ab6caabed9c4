// Which loop nests sum, for each of neighbours that lie side by side in all that is read, products of two operands or just one:
// convolutions of each channel by itself, and pools.

import type { AxisRange, Expr, ReduceOp } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import { axesIn } from "../../lower/access.ts";
import { storesOf } from "../../lower/contraction.ts";
import { endsOf } from "../../lower/intern.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { loadsAny, spatialNest, visitExprs } from "../../lower/statements.ts";
import { flattenAll } from "../emit/emit-statements.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import { estimate } from "./estimate.ts";
import { wordBytes } from "./loads.ts";
import { leastColumns } from "./products.ts";
import { streamOf } from "./streams.ts";
import type { ProductParts } from "./products.ts";
import type { Stream } from "./streams.ts";

export type ChannelSum = {
  readonly column: GridAxis;
  /** All other axes, outermost first. */
  readonly outer: readonly GridAxis[];
  readonly depth: readonly (GridAxis & { readonly range: AxisRange | null })[];
  readonly op: Exclude<ReduceOp, "argmax">;
  /** Two are multiplied. */
  readonly streams: readonly Stream[];
  readonly sum: Expr;
  readonly stores: readonly FlatStmt[];
};

/** A sum of so many is left to those that go through rows in order. */
const longDepth = 32;

export const channelSumOf = (stmt: Stmt, parts: ProductParts): ChannelSum | null => {
  const { kernel, flat, interner } = parts;
  const { axes, stmts } = spatialNest([stmt]);
  const stores = storesOf(stmts);
  const column = axes.at(-1);
  if (stores === null || column === undefined || estimate(column.extent) < leastColumns)
    return null;
  const written = new Set(kernel.results.map(({ name }) => name));
  if (stores.some((s) => [...s.index, s.value].some((e) => loadsAny(e, written)))) return null;
  const sums: Extract<Expr, { kind: "reduce" }>[] = [];
  visitExprs(stores, (e) => {
    if (e.kind === "reduce") sums.push(e);
  });
  const [sum, another] = sums;
  if (sum === undefined || another !== undefined || sum.op === "argmax") return null;
  const moving = new Set([column.name, ...sum.axes.map(({ name }) => name)]);
  const ends = axesIn(sum.axes.flatMap(({ range }) => endsOf(range)));
  const isPlain = sum.dtype === "f32" && sum.where === null;
  if (!isPlain || [...ends].some((name) => moving.has(name))) return null;
  const factors = factorsOf(sum);
  if (factors.length === 1 && estimate(totalOf(sum.axes)) >= longDepth) return null;
  const inDepth = new Set(sum.axes.map(({ name }) => name));
  const streams = factors.map((f) => streamOf(flat.expr(f), inDepth, sum.axes, column, interner));
  if (!areSideBySide(streams)) return null;
  return {
    column,
    outer: axes.slice(0, -1),
    depth: sum.axes.map((a) => ({ ...a, range: flat.range(a.range) })),
    op: sum.op,
    streams,
    sum: flat.expr(sum),
    stores: flattenAll({ flat }, stores),
  };
};

const factorsOf = ({ op, body }: Extract<Expr, { kind: "reduce" }>): readonly Expr[] =>
  op === "add" && body.kind === "call" && body.fn === "mul" ? body.args : [body];

const areSideBySide = (streams: readonly (Stream | null)[]): streams is readonly Stream[] =>
  streams.every((stream) => stream?.apart === wordBytes);
