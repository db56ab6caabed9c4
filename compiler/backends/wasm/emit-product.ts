// The code of a product in tiles: panels of columns, copied where many rows read them, and tiles of rows for each; or, where
// rows are copied, all columns for each tile of rows.

import { mul } from "../../ir/dim.ts";
import { int, num } from "../../kernel/build.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import type { FlatStmt, FlatStore } from "../emit/emit-statements.ts";
import type { Code } from "./bytes.ts";
import type { Emitter } from "./emit-expr.ts";
import { emitDotRows } from "./emit-dot-rows.ts";
import { emitInParts } from "./emit-in-parts.ts";
import { emitPieces, emitRounds } from "./emit-rounds.ts";
import { emitRowProduct } from "./emit-row-product.ts";
import { emitStmts } from "./emit-statements.ts";
import { asItLies, copyReading, emitTile } from "./emit-tile.ts";
import type { Reading } from "./emit-tile.ts";
import { get, i32, intConst, set, whenElse } from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { copyColumns, copyRows } from "./panels.ts";
import { tileColumns } from "./tile-size.ts";
import { turnColumns } from "./turn-columns.ts";
import { manyRows } from "./products.ts";
import type { Product } from "./product.ts";
import type { DotRows } from "./row-products.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { bindRange, bindShare, rangeOf, sharedRounds } from "./shared-rounds.ts";
import type { SharedRounds } from "./shared-rounds.ts";
import {
  asTheyLie,
  bound,
  columnsAt,
  copied,
  emitRowTiles,
  emitTiles,
  loopsOver,
  roundsOf,
  streamStart,
} from "./tiles.ts";
import type { Columns, ProductWriter } from "./tiles.ts";

/** Below so many rows each is faster by itself. */
const fewRows = 4;

/** `dotRows`: the same as a matrix times a vector for each row, where columns lie along the depth. */
export const emitProduct = (
  writer: ProductWriter,
  product: Product,
  dotRows: DotRows | null,
  scope: Scope,
): void => {
  const { emitter } = writer;
  const { contraction, leftStream, rightStream, panelBytes, parts } = product;
  const [other, ...rest] = product.others;
  if (other !== undefined) {
    const [few, many] = [other.product, { ...product, others: rest }].map((own) => {
      const inner = openScope(scope, { guard: true });
      emitProduct(writer, own, dotRows, inner);
      return inner.code;
    });
    const isFew = i32.lt(emitter.size(other.count), intConst(other.below));
    return void scope.code.push(whenElse(isFew, few!, many!));
  }
  if (parts !== null)
    return loopsOver(emitter, contraction.batch, scope, (inner) =>
      emitInParts(writer, product, parts, inner),
    );
  if (leftStream === null)
    return overOuter(writer, product, scope, (inner) => {
      const all = (own: Product, into: Scope): void =>
        emitCopied(writer, own, into, (each, write) =>
          emitRowTiles(emitter, own, copied.heights, each, write),
        );
      if (product.chunk === null) all(product, inner);
      else emitInChunks(writer, product, product.chunk, inner, all);
    });
  const rows = totalOf(contraction.rows);
  const inOneWay = (isCopied: boolean, into: Scope): void =>
    overOuter(writer, product, into, (inner) => emitColumns(writer, product, isCopied, inner));
  if (panelBytes === null) return inOneWay(false, scope);
  if (typeof rows === "number") return inOneWay(rightStream === null || rows >= manyRows, scope);
  const { rowBytes } = product;
  const ways: readonly Way[] = [
    ...given<Way>(rowBytes !== null, {
      below: fewRows,
      write: (into) => emitOneByOne(writer, product, rowBytes!, into),
    }),
    ...given<Way>(dotRows !== null && product.mayBeFew, {
      below: fewRows,
      write: (into) => emitDotRows(writer, dotRows!, into),
    }),
    ...given<Way>(rightStream !== null, {
      below: manyRows,
      write: (into) => inOneWay(false, into),
    }),
    { below: Infinity, write: (into) => inOneWay(true, into) },
  ];
  const count = emitter.keep(emitter.size(rows), int(0), 1, scope);
  const codes = ways.map(({ write }) => {
    const inner = openScope(scope, { guard: true });
    write(inner);
    return inner.code;
  });
  scope.code.push(
    ways.reduceRight<Code>(
      (otherwise, { below }, k) =>
        below === Infinity
          ? codes[k]!
          : whenElse(i32.lt(count, intConst(below)), codes[k]!, otherwise),
      [],
    ),
  );
};

/** So many steps of the depth at a time, added to what the result has. */
const emitInChunks = (
  writer: ProductWriter,
  product: Product,
  { axis, rounds }: NonNullable<Product["chunk"]>,
  scope: Scope,
  write: (product: Product, into: Scope) => void,
): void => {
  const { emitter } = writer;
  const { column, contraction, stores } = product;
  const withStores = (change: Partial<FlatStore>): readonly FlatStmt[] =>
    stores.map((s) => (s.kind === "store" ? { ...s, ...change } : s));
  const zeros = withStores({ value: num(0) });
  loopsOver(emitter, contraction.rows, scope, (each) => {
    const rounds = { name: column.name, ...rangeOf(each, column) };
    emitRounds(emitter, rounds, [1], each, false, (own) => emitStmts(writer, zeros, own));
  });
  const adding = { ...product, stores: withStores({ accumulate: "add" }) };
  const overPieces = (k: number, into: Scope): void => {
    if (k > axis) return write(adding, into);
    const own = contraction.depth[k]!;
    const open = (piece: SharedRounds): Scope =>
      openScope(into, { guard: true, binds: bindRange(own.name, piece) });
    emitPieces(emitter, endsOf(emitter, own, into), k < axis ? 1 : rounds, into, open, (inner) =>
      overPieces(k + 1, inner),
    );
  };
  overPieces(0, scope);
};

/** Of all rounds of an axis, or of those that are whose the scope is. */
const endsOf = (
  emitter: Emitter,
  { name, extent }: GridAxis,
  scope: Scope,
): Record<"from" | "to", Code> => {
  const own = sharedRounds(scope, name);
  return own === null
    ? { from: intConst(0), to: emitter.size(extent) }
    : { from: get(own.from), to: get(own.to) };
};

/** A product in other loops; its copy that is made before these lies at `turnedAt`. */
export const emitInnerProduct = (
  writer: ProductWriter,
  product: Product,
  turnedAt: Code,
  scope: Scope,
): void => {
  const { turned } = product;
  if (turned === null) return emitProduct(writer, product, null, scope);
  const at = turnColumns(writer, product, turned, turnedAt, scope);
  const inner = openScope(scope, { binds: [[turned.name, bound(at)]] });
  emitProduct(writer, product, null, inner);
  scope.code.push(inner.code);
};

/** Loops over the outer axes, in which ends of all others are known. */
const overOuter = (
  { emitter }: ProductWriter,
  { outer, ranges }: Product,
  scope: Scope,
  write: (inner: Scope) => void,
): void =>
  loopsOver(emitter, outer, scope, (each) => {
    const inner = openScope(each);
    for (const [name, range] of ranges) {
      const [from, to] = [emitter.locals.fresh("i32"), emitter.locals.fresh("i32")];
      each.code.push(set(from, emitter.value(range.from, each)));
      each.code.push(set(to, emitter.value(range.to, each)));
      for (const [key, binding] of bindRange(name, { from, to })) inner.binds.set(key, binding);
    }
    write(inner);
    each.code.push(inner.code);
  });

/** For fewer rows than that. */
type Way = { readonly below: number; readonly write: (into: Scope) => void };

const given = <T>(holds: boolean, one: T): readonly T[] => (holds ? [one] : []);

/** Each row as a vector times a matrix. */
const emitOneByOne = (
  writer: ProductWriter,
  product: Product,
  rowBytes: number,
  scope: Scope,
): void => {
  const { contraction, outer, column, left, rightStream, sum, stores } = product;
  const all = [...outer, ...contraction.rows];
  const { depth } = contraction;
  const row = { column, outer: all, depth, left, right: rightStream!, sum, stores };
  emitRowProduct(writer, { ...row, panelBytes: rowBytes }, scope);
};

const widthOf = ({ isVector, groups }: Columns): number => (isVector ? 4 * groups.length : 1);

/** Columns outside, rows inside, which lie in memory as they are read. */
const emitColumns = (
  writer: ProductWriter,
  product: Product,
  isCopied: boolean,
  scope: Scope,
): void => {
  const { emitter, panel } = writer;
  const { widths, heights } = isCopied || product.panelBytes === null ? copied : asTheyLie;
  emitTiles(emitter, product.column, widths, scope, (width, at, inner) => {
    const columns = columnsAt(emitter, at, width, inner);
    // What few columns are left is read as it lies, if it can be.
    const inPanel = isCopied && (width === tileColumns || product.rightStream === null);
    if (inPanel) copyColumns(writer, product, columns, panel, inner);
    emitRows(writer, product, columns, inPanel ? panel : null, heights, inner);
  });
};

/** All rows of some columns, which lie in a copy at `panel`, or as they are. */
const emitRows = (
  writer: ProductWriter,
  product: Product,
  columns: Columns,
  panel: Code | null,
  heights: readonly number[],
  scope: Scope,
): void =>
  emitRowTiles(writer.emitter, product, heights, scope, (rows, tile) => {
    const startOf = streamStart(writer, product, columns, rows[0]!, tile);
    const left = asItLies(startOf, product.leftStream!, product.leftStream!.apart);
    const right: Reading =
      panel === null
        ? asItLies(startOf, product.rightStream!)
        : copyReading(product, panel, wordBytes * widthOf(columns));
    emitTile(writer, product, { rows, columns, left, right }, tile);
  });

type WriteRows = (rows: readonly Local[], tile: Scope) => void;

/** Rows and columns are copied, of these as many at a time as stay in the cache. `eachTile` makes the loops over tiles of rows. */
export const emitCopied = (
  writer: ProductWriter,
  product: Product,
  scope: Scope,
  eachTile: (into: Scope, write: WriteRows) => void,
): void => {
  const { emitter } = writer;
  const { column, block } = product;
  if (block === null || block === column.extent) return emitBlock(writer, product, scope, eachTile);
  const open = (piece: SharedRounds): Scope =>
    openScope(scope, { guard: true, binds: bindShare(column, piece) });
  emitPieces(emitter, endsOf(emitter, column, scope), block, scope, open, (inner) =>
    emitBlock(writer, product, inner, eachTile),
  );
};

/** The rows of a tile are copied when it is its turn, the columns before, unless they are read where they lie. */
const emitBlock = (
  writer: ProductWriter,
  product: Product,
  scope: Scope,
  eachTile: (into: Scope, write: WriteRows) => void,
): void => {
  const { emitter, panel } = writer;
  const { contraction, column, rightStream } = product;
  const { widths } = copied;
  const depth = totalOf(contraction.depth);
  const deep = emitter.locals.fresh("i32");
  const rowsStart = emitter.locals.fresh("i32");
  const ofColumns =
    rightStream === null ? emitter.size(product.block ?? column.extent) : intConst(0);
  scope.code.push(
    set(deep, i32.mul(roundsOf(emitter, contraction.depth, scope), intConst(wordBytes))),
    set(rowsStart, i32.add(i32.mul(get(deep), ofColumns), panel)),
  );
  const { from } = endsOf(emitter, column, scope);
  const panelOf = (at: Local): Code => i32.add(i32.mul(get(deep), i32.sub(get(at), from)), panel);
  if (rightStream === null)
    emitTiles(emitter, column, widths, scope, (width, at, inner) =>
      copyColumns(writer, product, columnsAt(emitter, at, width, inner), panelOf(at), inner),
    );
  eachTile(scope, (rows, tile) => {
    copyRows(writer, product, rows, get(rowsStart), tile);
    const start = get(rowsStart);
    const left: Reading = product.isInterleaved
      ? { start, steps: null, step: wordBytes * rows.length, apart: wordBytes }
      : { start, steps: null, step: wordBytes, apart: mul(wordBytes, depth) };
    emitTiles(emitter, column, widths, tile, (width, at, inner) => {
      const columns = columnsAt(emitter, at, width, inner);
      const right: Reading =
        rightStream === null
          ? copyReading(product, panelOf(at), wordBytes * widthOf(columns))
          : asItLies(streamStart(writer, product, columns, rows[0]!, inner), rightStream);
      emitTile(writer, product, { rows, columns, left, right }, inner);
    });
  });
};
