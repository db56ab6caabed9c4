// Loops over tiles: of rows or columns, as many of the widest as there are, then narrower ones.

import type { GridAxis } from "../../lower/launch.ts";
import type { Code } from "./bytes.ts";
import type { Emitter } from "./emit-expr.ts";
import { emitRounds } from "./emit-rounds.ts";
import { emitStmts } from "./emit-statements.ts";
import type { StatementWriter } from "./emit-statements.ts";
import type { Product } from "./product.ts";
import type { Stream } from "./streams.ts";
import { choose, get, i32, intConst, load, repeat, set, when } from "./instructions.ts";
import type { At, Local } from "./instructions.ts";
import { tileColumns, tileRows } from "./tile-size.ts";
import { openScope } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";
import { rangedRounds, rangeOf, sharedRounds } from "./shared-rounds.ts";

export type ProductWriter = StatementWriter & {
  /** Where copies lie, in bytes: those of all threads, and those of each. */
  readonly panelAt: number;
  readonly panel: Code;
};

export const loopsOver = (
  emitter: Emitter,
  axes: readonly GridAxis[],
  scope: Scope,
  write: (inner: Scope) => void,
): void => {
  const [axis, ...rest] = axes;
  if (axis === undefined) return write(scope);
  const rounds = { name: axis.name, ...rangeOf(scope, axis) };
  emitRounds(emitter, rounds, [], scope, false, (inner) => loopsOver(emitter, rest, inner, write));
};

/** How many rounds loops over the axes make. */
export const roundsOf = (emitter: Emitter, axes: readonly GridAxis[], scope: Scope): Code =>
  axes
    .map(({ name, extent }): Code => {
      const rounds = rangedRounds(scope, name);
      if (rounds === null) return emitter.size(extent);
      const count = i32.sub(get(rounds.to), get(rounds.from));
      return choose(count, intConst(0), i32.gt(count, intConst(0)));
    })
    .reduce((a, b) => i32.mul(a, b));

/** `write` gets how many a tile has, and where it begins. Shares of threads begin at multiples of the first of `counts`. */
export const emitTiles = (
  emitter: Emitter,
  { name, extent }: GridAxis,
  counts: readonly number[],
  scope: Scope,
  write: (count: number, at: Local, inner: Scope) => void,
): void => {
  const at = emitter.locals.fresh("i32");
  const shared = sharedRounds(scope, name);
  const end = shared === null ? emitter.size(extent) : get(shared.to);
  scope.code.push(set(at, shared === null ? intConst(0) : get(shared.from)));
  let left = typeof extent === "number" && rangedRounds(scope, name) === null ? extent : null;
  for (const count of counts) {
    if (left !== null && left < count) continue;
    const inner = openScope(scope, {});
    write(count, at, inner);
    const next = set(at, i32.add(get(at), intConst(count)));
    const again = i32.le(get(at), i32.sub(end, intConst(count)));
    if (left === null || shared !== null)
      scope.code.push(when(again, repeat([inner.code, next], again)));
    else if (left < 2 * count) scope.code.push(inner.code, next);
    else scope.code.push(repeat([inner.code, next], again));
    if (left !== null) left %= count;
  }
};

export const bound = (local: Local, differs = false): Binding => ({ local, differs });

/** A variable that is so much more. */
export const behind = (emitter: Emitter, at: Local, by: number, scope: Scope): Local => {
  if (by === 0) return at;
  const local = emitter.locals.fresh("i32");
  scope.code.push(set(local, i32.add(get(at), intConst(by))));
  return local;
};

/** Columns of a tile, four or one at a time: where each group begins. */
export type Columns = { readonly isVector: boolean; readonly groups: readonly Local[] };

export const columnsAt = (emitter: Emitter, at: Local, width: number, scope: Scope): Columns => ({
  isVector: width > 1,
  groups: Array.from({ length: Math.ceil(width / 4) }, (_, k) => behind(emitter, at, 4 * k, scope)),
});

export const columnScope = (
  { name }: GridAxis,
  { isVector }: Columns,
  group: Local,
  parent: Scope,
): Scope =>
  openScope(parent, {
    binds: [[name, bound(group, isVector)]],
    ...(isVector ? { axis: name } : {}),
  });

/** Columns and rows of tiles, widest first: eight accumulators at most, of which V8 spills none. */
export type Shape = { readonly widths: readonly number[]; readonly heights: readonly number[] };
export const copied: Shape = { widths: [tileColumns, 4, 1], heights: [tileRows, 2, 1] };
export const asTheyLie: Shape = { widths: [16, 8, 4, 1], heights: [2, 1] };
/** Threads share rows and columns out in multiples of these, of which the largest tiles are divisors. */
export const [rowQuantum, columnQuantum, channelQuantum] = [tileRows, 16, 32];

const rowsAt = (emitter: Emitter, at: Local, height: number, scope: Scope): readonly Local[] =>
  Array.from({ length: height }, (_, k) => behind(emitter, at, k, scope));

/** Three rows that are left over are a tile too, where it is known that they are: of code for any number there would be too much. */
const withThree = (
  { name, extent }: GridAxis,
  heights: readonly number[],
  scope: Scope,
): readonly number[] =>
  heights[0] === tileRows && typeof extent === "number" && rangedRounds(scope, name) === null
    ? [tileRows, 3, ...heights.slice(1)]
    : heights;

/** All rows in tiles of so many; `write` gets those of one. */
export const emitRowTiles = (
  emitter: Emitter,
  { row, outerRows, innerRows }: Product,
  heights: readonly number[],
  scope: Scope,
  write: (rows: readonly Local[], tile: Scope) => void,
): void =>
  loopsOver(emitter, outerRows, scope, (each) =>
    emitTiles(emitter, row, withThree(row, heights, each), each, (height, first, tile) => {
      const rows = rowsAt(emitter, first, height, tile);
      loopsOver(emitter, innerRows, tile, (inner) => write(rows, inner));
    }),
  );

/** Where an operand begins for the first row and column of a tile, where the depth does. */
export const streamStart =
  (
    { emitter }: ProductWriter,
    { row, column, contraction: { depth } }: Product,
    columns: Columns,
    first: Local,
    scope: Scope,
  ): ((stream: Stream) => Code) =>
  ({ start, steps }) => {
    const inRow = openScope(scope, { binds: [[row.name, bound(first)]] });
    const own = columnScope(column, columns, columns.groups[0]!, inRow);
    const local = emitter.locals.fresh("i32");
    const code = depth.reduce<Code>(
      (sum, { name }, k) => {
        const rounds = rangedRounds(scope, name);
        if (rounds === null) return sum;
        return i32.add(sum, i32.mul(get(rounds.from), emitter.size(steps[k]!)));
      },
      emitter.first(start, own),
    );
    scope.code.push(inRow.code, own.code, set(local, code));
    return get(local);
  };

/** Where the first row or column of an operand lies at the step of the depth that `axes` are at. */
export const placeAlong = (
  emitter: Emitter,
  { start, steps }: Stream,
  axes: readonly GridAxis[],
  scope: Scope,
): Code =>
  axes.reduce<Code>(
    (sum, { name }, k) => {
      const index = emitter.first({ kind: "axis", dtype: "i32", name }, scope);
      return i32.add(sum, i32.mul(index, emitter.size(steps[k]!)));
    },
    emitter.value(start, scope),
  );

/** What is made of sums that wait in memory, for all columns of a row. */
export const finishColumns = (
  writer: ProductWriter,
  { column, sum, stores }: Pick<Product, "column" | "sum" | "stores">,
  scope: Scope,
  placeOf: (own: Scope) => At,
): void => {
  const { emitter } = writer;
  const rounds = { name: column.name, ...rangeOf(scope, column) };
  emitRounds(emitter, rounds, [1], scope, false, (own) => {
    const local = emitter.locals.fresh(own.axis === column.name ? "v128" : "f32");
    own.code.push(set(local, load(local.type, placeOf(own))));
    own.held.set(sum, local);
    emitStmts(writer, stores, own);
  });
};
