// Which loop nests are products whose rows each choose their matrix, as those of experts: rows of one matrix are computed together.

import { add, mul } from "../../ir/dim.ts";
import { decide } from "../../kernel/affine.ts";
import { axis, bool, divI, int, loops, modI, over, size } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { freeName } from "../../kernel/free-name.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { axesIn } from "../../lower/access.ts";
import { storesOf } from "../../lower/contraction.ts";
import type { Store, Sum } from "../../lower/contraction.ts";
import { createInterner } from "../../lower/intern.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { loadsAny, mapStmts, spatialNest, visitExprs } from "../../lower/statements.ts";
import { flattenAll } from "../emit/emit-statements.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import { wordBytes } from "./loads.ts";
import { estimate } from "./estimate.ts";
import { leastColumns, leastDepth, panelBound } from "./products.ts";
import { isFixed, streamOf } from "./streams.ts";
import { tileRows } from "./tile-size.ts";
import type { Product } from "./product.ts";
import type { ProductParts } from "./products.ts";

export type GroupedProduct = {
  /** Which matrix. */
  readonly group: GridAxis & { readonly extent: number };
  /** All rows, whatever their axes, one after the other. */
  readonly place: GridAxis;
  /** Which matrix a place chooses; outside of the extent none. */
  readonly index: Expr;
  /** Of the places that choose one matrix. */
  readonly product: Product;
  /** One place, whatever it chooses. */
  readonly alone: readonly FlatStmt[];
  /** Places that are listed at a time. */
  readonly listed: number;
};

type Load = Extract<Expr, { kind: "load" }>;

const mostGroups = 2 ** 12;
const mostListed = 2 ** 12;
/** Fewer are not worth a list. */
const leastPlaces = 8;

export const groupedOf = (stmt: Stmt, parts: ProductParts): GroupedProduct | null => {
  const { kernel, flat, interner, bounds, extents } = parts;
  const { axes, stmts } = spatialNest([stmt]);
  const stores = storesOf(stmts);
  if (stores === null || axes.length < 2) return null;
  const written = new Set(kernel.results.map(({ name }) => name));
  if (stores.some((s) => [...s.index, s.value].some((e) => loadsAny(e, written)))) return null;
  const sum = onlySum(stores);
  const choice = sum === null ? null : choiceIn(sum, kernel);
  if (sum === null || choice === null) return null;
  const columns = axes.filter(({ name }) => choice.columns.has(name));
  const rows = axes.filter(({ name }) => !choice.columns.has(name));
  const [column, another] = columns;
  if (column === undefined || another !== undefined || rows.length === 0) return null;
  const depth = sum.axes.map(({ name, extent }) => ({ name, extent }));
  const places = totalOf(rows);
  const isLong =
    estimate(totalOf(depth)) >= leastDepth &&
    estimate(column.extent) >= leastColumns &&
    estimate(places) >= leastPlaces;
  if (!isLong) return null;

  const named = (hint: string): string => freeName(hint, (name) => extents.has(name));
  const place = rows.length === 1 ? rows[0]! : { name: named("place"), extent: places };
  extents.set(place.name, place.extent);
  const group = { name: named("group"), extent: choice.count };
  extents.set(group.name, group.extent);
  const ofPlace = placed(stores, rows, place);
  const [own] = [onlySum(ofPlace)!];
  const { index, left: at } = choiceIn(own, kernel)!;
  const ofGroup = withIndex(ofPlace, index, axis(group.name), parts);
  const sumOfGroup = onlySum(ofGroup);
  if (sumOfGroup?.body.kind !== "call" || sumOfGroup.body.fn !== "mul") return null;
  const [left, right] = [sumOfGroup.body.args[at]!, sumOfGroup.body.args[1 - at]!];
  if (axesIn([right]).has(place.name) || axesIn([left]).has(group.name)) return null;

  const stream = streamOf(
    flat.expr(right),
    new Set(depth.map(({ name }) => name)),
    depth,
    column,
    interner,
  );
  const direct = stream?.apart === wordBytes ? stream : null;
  const most = panelBound(bounds);
  const ofColumns = direct === null ? column.extent : 0;
  const panelBytes = most(mul(totalOf(depth), add(ofColumns, tileRows)));
  if (panelBytes === null) return null;
  const factor = (value: Expr) => ({ value, guards: [], liesAlongDepth: true });
  return {
    group,
    place,
    index: flat.expr(index),
    listed: Math.min(bounds.most(places) ?? mostListed, mostListed),
    product: {
      contraction: {
        batch: [],
        rows: [place],
        columns: [column],
        depth,
        left: factor(left),
        right: factor(right),
        sum: sumOfGroup,
        stores: ofGroup,
        isMasked: false,
      },
      row: place,
      column,
      outer: [],
      outerRows: [],
      innerRows: [],
      sum: flat.expr(sumOfGroup),
      stores: flattenAll({ flat }, ofGroup),
      left: flat.expr(left),
      right: flat.expr(right),
      leftStream: null,
      rightStream: direct,
      rightAlong:
        direct === null && isFixed(stream) && stream.steps.at(-1) === wordBytes ? stream : null,
      isInterleaved: false,
      panelBytes,
      rowBytes: null,
      mayBeFew: false,
      parts: null,
      ranges: new Map(),
      rowRanges: depth.map(() => null),
      isMasked: false,
      others: [],
      turned: null,
      chunk: null,
      block: null,
    },
    alone: flattenAll({ flat }, loops([over(column.name, column.extent)], ofPlace)),
  };
};

const onlySum = (stores: readonly Store[]): Sum | null => {
  const sums: Sum[] = [];
  visitExprs(stores, (e) => {
    if (e.kind === "reduce") sums.push(e);
  });
  const [sum, another] = sums;
  const isPlain =
    sum?.op === "add" &&
    sum.dtype === "f32" &&
    sum.where === null &&
    sum.axes.every(({ range }) => range === null);
  return isPlain && another === undefined ? sum : null;
};

type Choice = {
  readonly index: Load;
  readonly count: number;
  readonly columns: ReadonlySet<string>;
  /** Which factor does not choose. */
  readonly left: 0 | 1;
};

/** An index by which one factor chooses what does not depend on rows otherwise. */
const choiceIn = ({ body, axes }: Sum, kernel: Kernel): Choice | null => {
  if (body.kind !== "call" || body.fn !== "mul") return null;
  const inDepth = new Set(axes.map(({ name }) => name));
  for (const left of [0, 1] as const) {
    const right = body.args[1 - left]!;
    const ofLeft = axesIn([body.args[left]!]);
    for (const { index, count } of indicesIn(right, kernel)) {
      const chosen = axesIn([index]);
      const own = axesBeside(right, index);
      const columns = new Set([...own].filter((name) => !inDepth.has(name)));
      const isApart = [...chosen].every((name) => !own.has(name) && !inDepth.has(name));
      const isShared = [...columns].every((name) => !ofLeft.has(name));
      if (chosen.size > 0 && isApart && isShared) return { index, count, columns, left };
    }
  }
  return null;
};

/** Loads of whole numbers that stand as an index, with how many there are of what they choose. */
const indicesIn = (
  factor: Expr,
  { params }: Kernel,
): readonly { readonly index: Load; readonly count: number }[] => {
  const found: { index: Load; count: number }[] = [];
  visitExprs([{ kind: "let", name: "", value: factor }], (e) => {
    if (e.kind !== "load") return;
    const shape = params.find(({ name }) => name === e.buffer)?.shape ?? [];
    e.index.forEach((index, k) => {
      const count = shape[k];
      if (index.kind === "load" && typeof count === "number" && count <= mostGroups)
        found.push({ index, count });
    });
  });
  return found;
};

/** Axes of all but one part. */
const axesBeside = (expr: Expr, part: Expr): ReadonlySet<string> =>
  axesIn([createRebuild((e) => (e === part ? int(0) : null))(expr)]);

/** The same over places in place of rows. */
const placed = (
  stores: readonly Store[],
  rows: readonly GridAxis[],
  place: GridAxis,
): readonly Store[] => {
  if (rows.length === 1) return stores;
  const positions = new Map(
    rows.map(({ name, extent }, k) => {
      const quotient = divI(axis(place.name), size(totalOf(rows.slice(k + 1))));
      return [name, k === 0 ? quotient : modI(quotient, size(extent))];
    }),
  );
  return rebuilt(stores, (e) => (e.kind === "axis" ? (positions.get(e.name) ?? null) : null));
};

/** The same where an index is known. */
const withIndex = (
  stores: readonly Store[],
  index: Expr,
  known: Expr,
  { extents }: ProductParts,
): readonly Store[] =>
  rebuilt(stores, (e) => {
    if (e === index) return known;
    return e.kind === "call" && e.dtype === "bool" && decide(e, extents) === true
      ? bool(true)
      : null;
  });

const rebuilt = (stores: readonly Store[], replace: (e: Expr) => Expr | null): readonly Store[] => {
  const interner = createInterner();
  const rebuild = createRebuild(replace);
  const whole = mapStmts(stores, (e) => interner.intern(rebuild(e)));
  return whole.flatMap((s) => (s.kind === "store" ? [s] : []));
};
