// The code of a product in tiles: panels of columns, copied where many rows read them, and tiles of rows for each; or, where
// rows are copied, all columns for each tile of rows.

import { int } from "../../kernel/build.ts";
import { totalOf } from "../../lower/launch.ts";
import type { Code } from "./bytes.ts";
import { emitInParts } from "./emit-in-parts.ts";
import { emitTile } from "./emit-tile.ts";
import type { Reading } from "./emit-tile.ts";
import { get, i32, intConst, set, when } from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { copyColumns, copyRows } from "./panels.ts";
import type { Product } from "./products.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import {
  asTheyLie,
  columnsAt,
  copied,
  emitTiles,
  loopsOver,
  panelWidth,
  rowsAt,
  streamStart,
} from "./tiles.ts";
import type { Columns, ProductWriter } from "./tiles.ts";

/** From so many rows on a copy of the columns that they read pays. */
const manyRows = 16;

export const emitProduct = (writer: ProductWriter, product: Product, scope: Scope): void => {
  const { emitter } = writer;
  const { contraction, leftStream, rightStream, panelBytes, outer, parts } = product;
  if (parts !== null)
    return loopsOver(emitter, contraction.batch, scope, (inner) =>
      emitInParts(writer, product, parts, inner),
    );
  if (leftStream === null)
    return loopsOver(emitter, outer, scope, (inner) => emitCopied(writer, product, inner));
  const rows = totalOf(contraction.rows);
  const inOneWay = (isCopied: boolean, into: Scope): void =>
    loopsOver(emitter, outer, into, (inner) => emitColumns(writer, product, isCopied, inner));
  if (rightStream === null) return inOneWay(true, scope);
  if (panelBytes === null) return inOneWay(false, scope);
  if (typeof rows === "number") return inOneWay(rows >= manyRows, scope);
  const [few, many] = [false, true].map((isCopied) => {
    const inner = openScope(scope, { guard: true });
    inOneWay(isCopied, inner);
    return inner.code;
  });
  const isMany = emitter.keep(i32.ge(emitter.size(rows), intConst(manyRows)), int(0), 1, scope);
  scope.code.push(when(isMany, many!), when(i32.isZero(isMany), few!));
};

const widthOf = ({ isVector, groups }: Columns): number => (isVector ? 4 * groups.length : 1);

/** Columns outside, rows inside, which lie in memory as they are read. */
const emitColumns = (
  writer: ProductWriter,
  product: Product,
  isCopied: boolean,
  scope: Scope,
): void => {
  const { emitter, panelAt } = writer;
  const { column, row, leftStream, rightStream } = product;
  const { widths, heights } = isCopied || product.panelBytes === null ? copied : asTheyLie;
  emitTiles(emitter, column, widths, scope, (width, at, inner) => {
    const columns = columnsAt(emitter, at, width, inner);
    // What few columns are left is read as it lies, if it can be.
    const inPanel = isCopied && (width === panelWidth || rightStream === null);
    if (inPanel) copyColumns(writer, product, columns, intConst(panelAt), inner);
    loopsOver(emitter, product.outerRows, inner, (each) =>
      emitTiles(emitter, row, heights, each, (height, first, tile) => {
        const rows = rowsAt(emitter, first, height, tile);
        const startOf = streamStart(writer, product, columns, rows[0]!, tile);
        const left: Reading = {
          start: startOf(leftStream!),
          steps: leftStream!.steps,
          step: 0,
          apart: leftStream!.apart,
        };
        const right: Reading = inPanel
          ? { start: intConst(panelAt), steps: null, step: wordBytes * width, apart: 0 }
          : { start: startOf(rightStream!), steps: rightStream!.steps, step: 0, apart: 0 };
        emitTile(writer, product, { rows, columns, left, right }, tile);
      }),
    );
  });
};

/** Both operands copied: all columns once, the rows of a tile when it is its turn. */
const emitCopied = (writer: ProductWriter, product: Product, scope: Scope): void => {
  const { emitter, panelAt } = writer;
  const { contraction, column, row } = product;
  const { widths, heights } = copied;
  const depth = totalOf(contraction.depth);
  const deep = emitter.locals.fresh("i32");
  const rowsStart = emitter.locals.fresh("i32");
  scope.code.push(
    set(deep, i32.mul(emitter.size(depth), intConst(wordBytes))),
    set(rowsStart, i32.add(i32.mul(get(deep), emitter.size(column.extent)), intConst(panelAt))),
  );
  const panelOf = (at: Local): Code => i32.add(i32.mul(get(deep), get(at)), intConst(panelAt));
  emitTiles(emitter, column, widths, scope, (width, at, inner) =>
    copyColumns(writer, product, columnsAt(emitter, at, width, inner), panelOf(at), inner),
  );
  loopsOver(emitter, product.outerRows, scope, (each) =>
    emitTiles(emitter, row, heights, each, (height, first, tile) => {
      const rows = rowsAt(emitter, first, height, tile);
      copyRows(writer, product, rows, get(rowsStart), tile);
      const left: Reading = product.isInterleaved
        ? { start: get(rowsStart), steps: null, step: wordBytes * height, apart: wordBytes }
        : {
            start: get(rowsStart),
            steps: null,
            step: wordBytes,
            apart: wordBytes * (depth as number),
          };
      emitTiles(emitter, column, widths, tile, (width, at, inner) => {
        const columns = columnsAt(emitter, at, width, inner);
        const step = wordBytes * widthOf(columns);
        const right: Reading = { start: panelOf(at), steps: null, step, apart: 0 };
        emitTile(writer, product, { rows, columns, left, right }, inner);
      });
    }),
  );
};
