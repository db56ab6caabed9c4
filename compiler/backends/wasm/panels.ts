// Copies of operands, in the order in which tiles read them.

import type { Dim } from "../../ir/dim.ts";
import type { AxisRange } from "../../kernel/expr.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import type { Code } from "./bytes.ts";
import { emitRounds } from "./emit-rounds.ts";
import { get, i32, intConst, load, repeat, set, shuffle, store } from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import type { Product } from "./product.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { rangeOf, sharedRange } from "./shared-rounds.ts";
import { bound, columnScope, loopsOver, placeAlong } from "./tiles.ts";
import type { Columns, ProductWriter } from "./tiles.ts";

const advance = (pointer: Local, bytes: number): Code =>
  set(pointer, i32.add(get(pointer), intConst(bytes)));

/** An axis of the depth, of which a copy may have a part. */
export type CopiedAxis = Pick<GridAxis, "name"> &
  ({ readonly extent: Dim } | { readonly range: AxisRange });

/** What the columns of a tile have, one step after the other of the depth, or of the inner axes of it that are said. */
export const copyColumns = (
  writer: ProductWriter,
  product: Product,
  columns: Columns,
  start: Code,
  scope: Scope,
  depth: readonly CopiedAxis[] = product.contraction.depth,
): void => {
  const { emitter } = writer;
  const { right, rightAlong, column } = product;
  const to = emitter.locals.fresh("i32");
  const { isVector, groups } = columns;
  scope.code.push(set(to, start));
  const overDepth = ([first, ...rest]: readonly CopiedAxis[], into: Scope): void => {
    if (first === undefined) return copyStep(into);
    const range = "range" in first ? first.range : rangeOf(into, first);
    const isByFours = rest.length === 0 && rightAlong !== null && isVector;
    if (isByFours && "extent" in first && sharedRange(into, first.name) === null)
      askForLines(writer, product, columns, into);
    emitRounds(
      emitter,
      { name: first.name, ...range },
      isByFours ? [1] : [],
      into,
      false,
      (inner) => {
        if (inner.axis === first.name) copyFour(writer, product, columns, to, inner);
        else overDepth(rest, inner);
      },
    );
  };
  const copyStep = (inner: Scope): void => {
    groups.forEach((group, k) => {
      const own = columnScope(column, columns, group, inner);
      const value = isVector ? emitter.vector(right, own) : emitter.value(right, own);
      const at = { base: get(to), offset: 4 * wordBytes * k };
      inner.code.push(own.code, store(isVector ? "v128" : "f32", at, value));
    });
    inner.code.push(advance(to, wordBytes * (isVector ? 4 : 1) * groups.length));
  };
  overDepth(depth, scope);
};

const lineBytes = 64;

/**
 * Reads a word of each line of the cache that columns along the whole depth lie in, so that memory is asked for all of them at
 * once: what is copied waits for one after the other.
 */
const askForLines = (
  { emitter }: ProductWriter,
  { contraction: { depth }, column, rightAlong }: Product,
  { groups }: Columns,
  scope: Scope,
): void => {
  const { extent } = depth.at(-1)!;
  const lines = typeof extent === "number" ? Math.ceil((wordBytes * extent) / lineBytes) : 0;
  if (lines < 2) return;
  const { apart } = rightAlong!;
  const own = openScope(scope, { binds: [[column.name, bound(groups[0]!)]] });
  const first = placeAlong(emitter, rightAlong!, depth.slice(0, -1), own);
  const [at, end, word] = ["at", "end", "word"].map(() => emitter.locals.fresh("i32"));
  const asked = Array.from({ length: 4 * groups.length }, (_, k) =>
    set(word!, load("i32", { base: get(at!), offset: k * apart })),
  );
  scope.code.push(
    own.code,
    set(at!, first),
    set(end!, i32.add(get(at!), intConst(lines * lineBytes))),
    repeat([asked, advance(at!, lineBytes)], i32.ne(get(at!), get(end!))),
  );
};

/** Four steps of the depth: each column has them side by side, and they are turned so that columns are. */
const copyFour = (
  { emitter }: ProductWriter,
  { contraction: { depth }, column, rightAlong }: Product,
  { groups }: Columns,
  to: Local,
  scope: Scope,
): void => {
  const { apart } = rightAlong!;
  const base = emitter.locals.fresh("i32");
  const own = openScope(scope, { binds: [[column.name, bound(groups[0]!)]] });
  const first = placeAlong(emitter, rightAlong!, depth, own);
  scope.code.push(own.code, set(base, first));
  groups.forEach((_, g) => {
    const read = [0, 1, 2, 3].map((k) => {
      const local = emitter.locals.fresh("v128");
      const at = { base: get(base), offset: (4 * g + k) * apart };
      scope.code.push(set(local, load("v128", at)));
      return get(local);
    });
    transposed(read).forEach((step, k) => {
      const offset = 4 * wordBytes * (k * groups.length + g);
      scope.code.push(store("v128", { base: get(to), offset }, step));
    });
  });
  scope.code.push(advance(to, 16 * wordBytes * groups.length));
};

/** Lane k of the j-th is lane j of the k-th. */
export const transposed = ([a, b, c, d]: readonly Code[]): readonly Code[] => {
  const low = (x: Code, y: Code): Code => shuffle(x, y, [0, 4, 1, 5]);
  const high = (x: Code, y: Code): Code => shuffle(x, y, [2, 6, 3, 7]);
  const fronts = (x: Code, y: Code): Code => shuffle(x, y, [0, 1, 4, 5]);
  const backs = (x: Code, y: Code): Code => shuffle(x, y, [2, 3, 6, 7]);
  const [ab, cd] = [low(a!, b!), low(c!, d!)];
  const [abHigh, cdHigh] = [high(a!, b!), high(c!, d!)];
  return [fronts(ab, cd), backs(ab, cd), fronts(abHigh, cdHigh), backs(abHigh, cdHigh)];
};

/** What the rows of a tile have: row after row, or interleaved one step of the depth after the other. */
export const copyRows = (
  writer: ProductWriter,
  product: Product,
  rows: readonly Local[],
  start: Code,
  scope: Scope,
): void => {
  const { emitter } = writer;
  const { contraction, left, row } = product;
  const to = emitter.locals.fresh("i32");
  scope.code.push(set(to, start));
  if (product.isInterleaved)
    return loopsOver(emitter, contraction.depth, scope, (inner) => {
      const isVector = rows.length === 4;
      for (const [k, at] of (isVector ? rows.slice(0, 1) : rows).entries()) {
        const own = columnScope(row, { isVector, groups: [] }, at, inner);
        const value = isVector ? emitter.vector(left, own) : emitter.value(left, own);
        const place = { base: get(to), offset: wordBytes * k };
        inner.code.push(own.code, store(isVector ? "v128" : "f32", place, value));
      }
      inner.code.push(advance(to, wordBytes * rows.length));
    });
  const { depth } = contraction;
  const last = depth.at(-1)!;
  for (const [k, at] of rows.entries()) {
    const own = openScope(scope, { binds: [[row.name, bound(at)]] });
    // A row that is not copied whole leaves a gap.
    if (k > 0 && product.ranges.size > 0)
      own.code.push(set(to, i32.add(start, intConst(k * wordBytes * (totalOf(depth) as number)))));
    loopsOver(emitter, depth.slice(0, -1), own, (outer) => {
      const all = rangeOf(outer, last);
      emitRounds(emitter, { name: last.name, ...all }, [1], outer, false, (inner) => {
        const isVector = inner.axis === last.name;
        const value = isVector ? emitter.vector(left, inner) : emitter.value(left, inner);
        const place = { base: get(to), offset: 0 };
        inner.code.push(store(isVector ? "v128" : "f32", place, value));
        inner.code.push(advance(to, wordBytes * (isVector ? 4 : 1)));
      });
    });
    scope.code.push(own.code);
  }
};
