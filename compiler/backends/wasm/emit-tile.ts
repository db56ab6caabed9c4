// The code of a tile: sums in variables while the depth is gone through once, then what is made of them.

import type { Dim } from "../../ir/dim.ts";
import { equalDims, mul } from "../../ir/dim.ts";
import type { Code } from "./bytes.ts";
import { emitStmts } from "./emit-statements.ts";
import {
  f32,
  f32x4,
  floatConst,
  floatsConst,
  get,
  i32,
  intConst,
  load,
  loadSplat,
  mulAdd,
  repeat,
  set,
  v128,
  when,
} from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import type { Product } from "./products.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { rangedRounds } from "./shared-rounds.ts";
import type { SharedRounds } from "./shared-rounds.ts";
import { bound, columnScope } from "./tiles.ts";
import type { Columns, ProductWriter } from "./tiles.ts";

/** How an operand is read while the depth is gone through. */
export type Reading = {
  /** Where it begins. */
  readonly start: Code;
  /** Bytes along each axis of the depth; null for a copy, which is gone through from end to end. */
  readonly steps: readonly Dim[] | null;
  /** Bytes of a copy for each step of the depth. */
  readonly step: number;
  /** Bytes of the left operand from one row to the next. */
  readonly apart: Dim;
};

export type Tile = {
  readonly rows: readonly Local[];
  readonly columns: Columns;
  readonly left: Reading;
  readonly right: Reading;
};

type Level = {
  readonly extent: Dim;
  /** Of a part of the depth: how many rounds, in place of the extent. */
  readonly rounds: Code | null;
  /** Whether these may be none: the others are of a share, which has one at least. */
  readonly mayBeNone: boolean;
  readonly left: Dim | null;
  readonly right: Dim | null;
};
type Pointers = { readonly left: Local; readonly right: Local };

/** So many rounds of one axis of the depth. */
export type Share = { readonly axis: number; readonly rounds: Code };

/** Loops over the depth, of which neighbours that go on where the inner one ends are one. */
const levelsOf = (
  { contraction }: Product,
  { left, right }: Tile,
  share: Share | null,
  scope: Scope,
): readonly Level[] =>
  contraction.depth
    .map(({ name, extent }, k) => ({
      extent,
      rounds: k === share?.axis ? share.rounds : roundsBetween(rangedRounds(scope, name)),
      mayBeNone: k !== share?.axis && rangedRounds(scope, name) !== null,
      left: left.steps?.[k] ?? null,
      right: right.steps?.[k] ?? null,
    }))
    .reduceRight<readonly Level[]>((inner, level) => {
      const [next, ...rest] = inner;
      if (next === undefined || level.rounds !== null || next.rounds !== null)
        return [level, ...inner];
      const goesOn = (own: Dim | null, other: Dim | null): boolean =>
        own === null || equalDims(own, mul(other!, next.extent));
      return goesOn(level.left, next.left) && goesOn(level.right, next.right)
        ? [{ ...next, extent: mul(level.extent, next.extent) }, ...rest]
        : [level, ...inner];
    }, []);

const roundsBetween = (rounds: SharedRounds | null): Code | null =>
  rounds === null ? null : i32.sub(get(rounds.to), get(rounds.from));

/** Sums of each row, for each group of columns. */
export type Sums = readonly (readonly Local[])[];

export const sumsFor = ({ emitter: { locals } }: ProductWriter, { rows, columns }: Tile): Sums =>
  rows.map(() => columns.groups.map(() => locals.fresh(columns.isVector ? "v128" : "f32")));

export const emitTile = (
  writer: ProductWriter,
  product: Product,
  tile: Tile,
  scope: Scope,
): void => {
  const { isVector, groups } = tile.columns;
  const sums = sumsFor(writer, tile);
  const zero = isVector ? floatsConst(0) : floatConst(0);
  scope.code.push(sums.flat().map((local) => set(local, zero)));
  addUp(writer, product, tile, sums, scope);
  if (product.contraction.isMasked) sumAgain(writer, product, tile, sums, scope);
  tile.rows.forEach((row, r) =>
    groups.forEach((group, k) => {
      const within = openScope(scope, { binds: [[product.row.name, bound(row)]] });
      const own = columnScope(product.column, tile.columns, group, within);
      own.held.set(product.sum, sums[r]![k]!);
      emitStmts(writer, product.stores, own);
      scope.code.push(within.code, own.code);
    }),
  );
};

/** Goes through the depth, or a share of it. */
export const addUp = (
  writer: ProductWriter,
  product: Product,
  tile: Tile,
  sums: Sums,
  scope: Scope,
  share: Share | null = null,
): void => {
  const { locals } = writer.emitter;
  const [left, right] = [locals.fresh("i32"), locals.fresh("i32")];
  const levels = levelsOf(product, tile, share, scope);
  scope.code.push(set(left, tile.left.start), set(right, tile.right.start));
  const step = stepOf(writer, tile, sums, scope);
  scope.code.push(goThrough(writer, tile, levels, { left, right }, step));
};

/** One step of the depth. */
const stepOf = (
  { emitter: { locals, size } }: ProductWriter,
  { left, columns: { isVector, groups } }: Tile,
  sums: Sums,
  scope: Scope,
): ((pointers: Pointers) => Code) => {
  const { apart } = left;
  const behind = sums.map((_, r): number | Local => {
    if (typeof apart === "number") return r * apart;
    if (r === 0) return 0;
    const local = locals.fresh("i32");
    scope.code.push(set(local, size(mul(r, apart))));
    return local;
  });
  return (pointers) => {
    const type = isVector ? "v128" : "f32";
    const times = isVector ? mulAdd : f32.mulAdd;
    const held = groups.map(() => locals.fresh(type));
    const loads = held.map((local, k) =>
      set(local, load(type, { base: get(pointers.right), offset: 4 * wordBytes * k })),
    );
    const adds = sums.map((row, r) => {
      const base = get(pointers.left);
      const by = behind[r]!;
      const at =
        typeof by === "number" ? { base, offset: by } : { base: i32.add(base, get(by)), offset: 0 };
      const own = locals.fresh(type);
      return [
        set(own, isVector ? loadSplat(at) : load("f32", at)),
        row.map((into, k) => set(into, times(get(own), get(held[k]!), get(into)))),
      ];
    });
    return [loads, adds];
  };
};

/** One level after the other: pointers of outer ones stay while those of inner ones move. */
const goThrough = (
  writer: ProductWriter,
  tile: Tile,
  [level, ...inner]: readonly Level[],
  pointers: Pointers,
  step: (pointers: Pointers) => Code,
): Code => {
  if (level === undefined) return step(pointers);
  const { emitter } = writer;
  const rounds = emitter.locals.fresh("i32");
  const own = (side: "left" | "right"): Local =>
    level[side] === null ? pointers[side] : emitter.locals.fresh("i32");
  const moving = { left: own("left"), right: own("right") };
  const sides = ["left", "right"] as const;
  const move = (side: "left" | "right"): Code => {
    const by = level[side];
    if (by === 0 || (by === null && inner.length > 0)) return [];
    const bytes = by === null ? intConst(tile[side].step) : emitter.size(by);
    return set(moving[side], i32.add(get(moving[side]), bytes));
  };
  const begin = sides.map((side) =>
    moving[side] === pointers[side] ? [] : set(moving[side], get(pointers[side])),
  );
  const body = [
    goThrough(writer, tile, inner, moving, step),
    sides.map(move),
    set(rounds, i32.sub(get(rounds), intConst(1))),
  ];
  const loop = repeat(body, get(rounds));
  return [
    begin,
    set(rounds, level.rounds ?? emitter.size(level.extent)),
    level.mayBeNone
      ? when(i32.gt(get(rounds), intConst(0)), loop)
      : level.rounds !== null || (typeof level.extent === "number" && level.extent > 0)
        ? loop
        : when(get(rounds), loop),
  ];
};

/** What a guard leaves out is 0 in one operand, and 0 times infinity is NaN: then what is left out is really left out. */
const sumAgain = (
  { emitter }: ProductWriter,
  { row, column, sum }: Product,
  { rows, columns }: Tile,
  sums: Sums,
  scope: Scope,
): void =>
  rows.forEach((one, r) =>
    columns.groups.forEach((group, k) => {
      const local = sums[r]![k]!;
      const { isVector } = columns;
      const isNaN = isVector
        ? v128.anyTrue(f32x4.ne(get(local), get(local)))
        : f32.ne(get(local), get(local));
      const inner = openScope(scope, { guard: true });
      const within = openScope(inner, { binds: [[row.name, bound(one)]] });
      const own = columnScope(column, columns, group, within);
      const value = isVector ? emitter.vector(sum, own) : emitter.value(sum, own);
      scope.code.push(when(isNaN, [inner.code, within.code, own.code, set(local, value)]));
    }),
  );
