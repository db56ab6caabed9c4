// The code of a product in tiles: panels of columns, copied where many rows read them, and tiles of rows for each; or, where
// rows are copied, all columns for each tile of rows.

import { int } from "../../kernel/build.ts";
import { totalOf } from "../../lower/launch.ts";
import type { Code } from "./bytes.ts";
import { emitDotRows } from "./emit-dot-rows.ts";
import { emitInParts } from "./emit-in-parts.ts";
import { emitRowProduct } from "./emit-row-product.ts";
import { emitTile } from "./emit-tile.ts";
import type { Reading } from "./emit-tile.ts";
import { get, i32, intConst, set, whenElse } from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { copyColumns, copyRows } from "./panels.ts";
import type { Product } from "./products.ts";
import type { DotRows } from "./row-products.ts";
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
  if (panelBytes === null) return inOneWay(false, scope);
  if (typeof rows === "number") return inOneWay(rightStream === null || rows >= manyRows, scope);
  const { rowBytes } = product;
  const ways: readonly Way[] = [
    ...when<Way>(rowBytes !== null, {
      below: fewRows,
      write: (into) => emitRows(writer, product, rowBytes!, into),
    }),
    ...when<Way>(dotRows !== null && product.mayBeFew, {
      below: fewRows,
      write: (into) => emitDotRows(writer, dotRows!, into),
    }),
    ...when<Way>(rightStream !== null, {
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

/** For fewer rows than that. */
type Way = { readonly below: number; readonly write: (into: Scope) => void };

const when = <T>(holds: boolean, one: T): readonly T[] => (holds ? [one] : []);

/** Each row as a vector times a matrix. */
const emitRows = (
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
  const { column, row, leftStream, rightStream } = product;
  const { widths, heights } = isCopied || product.panelBytes === null ? copied : asTheyLie;
  emitTiles(emitter, column, widths, scope, (width, at, inner) => {
    const columns = columnsAt(emitter, at, width, inner);
    // What few columns are left is read as it lies, if it can be.
    const inPanel = isCopied && (width === panelWidth || rightStream === null);
    if (inPanel) copyColumns(writer, product, columns, panel, inner);
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
          ? { start: panel, steps: null, step: wordBytes * width, apart: 0 }
          : { start: startOf(rightStream!), steps: rightStream!.steps, step: 0, apart: 0 };
        emitTile(writer, product, { rows, columns, left, right }, tile);
      }),
    );
  });
};

/** Both operands copied: all columns once, the rows of a tile when it is its turn. */
const emitCopied = (writer: ProductWriter, product: Product, scope: Scope): void => {
  const { emitter, panel } = writer;
  const { contraction, column, row } = product;
  const { widths, heights } = copied;
  const depth = totalOf(contraction.depth);
  const deep = emitter.locals.fresh("i32");
  const rowsStart = emitter.locals.fresh("i32");
  scope.code.push(
    set(deep, i32.mul(emitter.size(depth), intConst(wordBytes))),
    set(rowsStart, i32.add(i32.mul(get(deep), emitter.size(column.extent)), panel)),
  );
  const panelOf = (at: Local): Code => i32.add(i32.mul(get(deep), get(at)), panel);
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
