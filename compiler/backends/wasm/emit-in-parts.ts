// The code of a product with a long depth: part by part, so that what is read of both operands stays in the caches. Sums wait
// in memory, and what is made of them comes last.

import type { Dim } from "../../ir/dim.ts";
import { local } from "../../kernel/build.ts";
import type { Code } from "./bytes.ts";
import { emitPieces } from "./emit-rounds.ts";
import { addUp, asItLies, copyReading, sumsFor } from "./emit-tile.ts";
import { floatsConst, get, i32, intConst, load, repeat, set, store } from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { copyColumns } from "./panels.ts";
import type { Parts, Product } from "./product.ts";
import { bindingOf, openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { SharedRounds } from "./shared-rounds.ts";
import {
  bound,
  columnsAt,
  copied,
  emitRowTiles,
  emitTiles,
  finishColumns,
  loopsOver,
  streamStart,
} from "./tiles.ts";
import type { ProductWriter } from "./tiles.ts";

export const emitInParts = (
  writer: ProductWriter,
  product: Product,
  parts: Parts,
  scope: Scope,
): void => {
  const { emitter } = writer;
  const { depth } = product.contraction;
  const sumsAt = parts.copyBytes;
  fillWithZeros(writer, sumsAt, parts.sumBytes, scope);
  loopsOver(emitter, depth.slice(0, parts.axis), scope, (outer) => {
    const ends = { from: intConst(0), to: emitter.size(depth[parts.axis]!.extent) };
    const open = ({ from, to }: SharedRounds): Scope =>
      openScope(outer, {
        binds: [
          [partFrom, bound(from)],
          [partTo, bound(to)],
        ],
      });
    emitPieces(emitter, ends, parts.rounds, outer, open, (inner, piece) =>
      addPart(writer, product, { ...parts, ...piece }, inner),
    );
  });
  finish(writer, product, sumsAt, scope);
};

/** Rounds of its axis: `from` .. `to` - 1, at least one. Those of outer axes are variables of the scope. */
type Part = Parts & SharedRounds;

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
  { axis, from, to, copyBytes: sumsAt }: Part,
  scope: Scope,
): void => {
  const { emitter, panel } = writer;
  const { column, row, leftStream, contraction } = product;
  const { depth } = contraction;
  const range = { from: local(partFrom, "i32"), to: local(partTo, "i32") };
  const inPart = [{ name: depth[axis]!.name, range }, ...depth.slice(axis + 1)];
  const shares = [
    ...depth.slice(0, axis).map(({ name }) => ({ from: bindingOf(scope, name)!.local, to: null })),
    { from, to },
  ];
  const apart = wordBytes * columnsOf(product);
  const outerColumns = contraction.columns.slice(0, -1);
  loopsOver(emitter, outerColumns, scope, (outer) =>
    emitTiles(emitter, column, copied.widths, outer, (width, at, inner) => {
      const columns = columnsAt(emitter, at, width, inner);
      const [group] = columns.groups as readonly [Local];
      copyColumns(writer, product, columns, panel, inner, inPart);
      const right = copyReading(product, panel, wordBytes * width);
      emitRowTiles(emitter, product, copied.heights, inner, (rows, tile) => {
        const [first] = rows as readonly [Local];
        const startOf = streamStart(writer, product, columns, first, tile);
        const left = asItLies(startOf, leftStream!, leftStream!.apart);
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
        addUp(writer, product, all, sums, tile, shares);
        sums.forEach((list, r) =>
          list.forEach((sum, k) => tile.code.push(store(sum.type, word(r, k), get(sum)))),
        );
      });
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
