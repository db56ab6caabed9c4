// The code of a product with a long depth: part by part, so that what is read of both operands stays in the caches. Sums wait
// in memory, and what is made of them comes last.

import type { Dim } from "../../ir/dim.ts";
import { local } from "../../kernel/build.ts";
import type { Code } from "./bytes.ts";
import { addUp, sumsFor } from "./emit-tile.ts";
import type { Reading } from "./emit-tile.ts";
import {
  choose,
  floatsConst,
  get,
  i32,
  intConst,
  load,
  repeat,
  set,
  store,
  when,
} from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { copyColumns } from "./panels.ts";
import type { Parts, Product } from "./products.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import {
  bound,
  columnsAt,
  copied,
  emitTiles,
  finishColumns,
  loopsOver,
  rowsAt,
  streamStart,
} from "./tiles.ts";
import type { ProductWriter } from "./tiles.ts";

/** Rounds of an axis of the depth: `from` .. `to` - 1, at least one. */
type Part = { readonly axis: number; readonly from: Local; readonly to: Local };

export const emitInParts = (
  writer: ProductWriter,
  product: Product,
  parts: Parts,
  scope: Scope,
): void => {
  const { emitter } = writer;
  const sumsAt = parts.copyBytes;
  fillWithZeros(writer, sumsAt, parts.sumBytes, scope);
  const part: Part = {
    axis: parts.axis,
    from: emitter.locals.fresh("i32"),
    to: emitter.locals.fresh("i32"),
  };
  const extent = emitter.size(product.contraction.depth[parts.axis]!.extent);
  const inner = openScope(scope, {
    binds: [
      [partFrom, bound(part.from)],
      [partTo, bound(part.to)],
    ],
  });
  const end = i32.add(get(part.from), intConst(parts.rounds));
  inner.code.push(set(part.to, choose(end, extent, i32.lt(end, extent))));
  addPart(writer, product, part, sumsAt, inner);
  const again = i32.lt(get(part.from), extent);
  const loop = repeat([inner.code, set(part.from, get(part.to))], again);
  scope.code.push(set(part.from, intConst(0)), when(again, loop));
  finish(writer, product, sumsAt, scope);
};

const [partFrom, partTo] = ["part from", "part to"];

const fillWithZeros = (
  { emitter, panel }: ProductWriter,
  start: number,
  bytes: number,
  scope: Scope,
): void => {
  const at = emitter.locals.fresh("i32");
  const again = i32.lt(get(at), i32.add(panel, intConst(bytes)));
  const body = [
    store("v128", { base: get(at), offset: start }, floatsConst(0)),
    set(at, i32.add(get(at), intConst(16))),
  ];
  if (bytes > 0) scope.code.push(set(at, panel), repeat(body, again));
};

const columnsOf = ({ contraction: { columns } }: Product): number =>
  columns.reduce((n, { extent }) => n * knownSize(extent), 1);

/** Products in parts have sums of known number. */
const knownSize = (extent: Dim): number => extent as number;

/** Where the sum of a row and a column waits, `sumsAt` before. */
const placeOf = (
  { emitter, panel }: ProductWriter,
  { contraction: { rows, columns } }: Product,
  scope: Scope,
): Code =>
  i32.add(
    panel,
    i32.mul(
      [...rows, ...columns].reduce<Code>((sum, { name, extent }) => {
        const index = emitter.first({ kind: "axis", dtype: "i32", name }, scope);
        return i32.add(i32.mul(sum, intConst(knownSize(extent))), index);
      }, intConst(0)),
      intConst(wordBytes),
    ),
  );

const addPart = (
  writer: ProductWriter,
  product: Product,
  { axis, from, to }: Part,
  sumsAt: number,
  scope: Scope,
): void => {
  const { emitter, panel } = writer;
  const { column, row, leftStream, outerRows, contraction } = product;
  const range = { from: local(partFrom!, "i32"), to: local(partTo!, "i32") };
  const inPart = { axis: contraction.depth[axis]!.name, range };
  const apart = wordBytes * columnsOf(product);
  const outerColumns = contraction.columns.slice(0, -1);
  loopsOver(emitter, outerColumns, scope, (outer) =>
    emitTiles(emitter, column, copied.widths, outer, (width, at, inner) => {
      const columns = columnsAt(emitter, at, width, inner);
      const [group] = columns.groups as readonly [Local];
      copyColumns(writer, product, columns, panel, inner, inPart);
      const right: Reading = {
        start: panel,
        steps: null,
        step: wordBytes * width,
        apart: 0,
      };
      loopsOver(emitter, outerRows, inner, (each) =>
        emitTiles(emitter, row, copied.heights, each, (height, first, tile) => {
          const rows = rowsAt(emitter, first, height, tile);
          const start = streamStart(writer, product, columns, first, tile)(leftStream!);
          const skipped = i32.mul(get(from), emitter.size(leftStream!.steps[axis]!));
          const left: Reading = {
            start: i32.add(start, skipped),
            steps: leftStream!.steps,
            step: 0,
            apart: leftStream!.apart,
          };
          const own = openScope(tile, {
            binds: [
              [row.name, bound(first)],
              [column.name, bound(group)],
            ],
          });
          const place = emitter.locals.fresh("i32");
          own.code.push(set(place, placeOf(writer, product, own)));
          tile.code.push(own.code);
          const all = { rows, columns, left, right };
          const sums = sumsFor(writer, all);
          const word = (r: number, k: number) => ({
            base: get(place),
            offset: sumsAt + r * apart + 4 * wordBytes * k,
          });
          sums.forEach((list, r) =>
            list.forEach((sum, k) => tile.code.push(set(sum, load(sum.type, word(r, k))))),
          );
          addUp(writer, product, all, sums, tile, { axis, rounds: i32.sub(get(to), get(from)) });
          sums.forEach((list, r) =>
            list.forEach((sum, k) => tile.code.push(store(sum.type, word(r, k), get(sum)))),
          );
        }),
      );
    }),
  );
};

/** What is made of the sums. */
const finish = (writer: ProductWriter, product: Product, sumsAt: number, scope: Scope): void => {
  const { contraction } = product;
  const around = [...contraction.rows, ...contraction.columns.slice(0, -1)];
  loopsOver(writer.emitter, around, scope, (inner) =>
    finishColumns(writer, product, inner, (own) => ({
      base: placeOf(writer, product, own),
      offset: sumsAt,
    })),
  );
};
