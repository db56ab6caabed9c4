// The code of a tile: sums in variables while the depth is gone through once, then what is made of them.

import type { Dim } from "../../ir/dim.ts";
import { equalDims, mul } from "../../ir/dim.ts";
import type { AxisRange } from "../../kernel/expr.ts";
import type { Code } from "./bytes.ts";
import { emitStmts } from "./emit-statements.ts";
import {
  choose,
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
import type { Product } from "./product.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { rangedRounds } from "./shared-rounds.ts";
import { bound, columnScope } from "./tiles.ts";
import { stepsOver } from "./streams.ts";
import type { Stream } from "./streams.ts";
import type { Columns, ProductWriter } from "./tiles.ts";

/** How an operand is read while the depth is gone through. */
export type Reading = {
  /** Where it begins. */
  readonly start: Code;
  /** Bytes along each axis of the depth; null for a copy that is gone through from end to end. */
  readonly steps: readonly Dim[] | null;
  /** Bytes of such a copy for each step of the depth. */
  readonly step: number;
  /** Bytes of the left operand from one row to the next. */
  readonly apart: Dim;
};

/** Of an operand where it lies; `apart`: of a left one, from one row to the next. */
export const asItLies = (
  startOf: (stream: Stream) => Code,
  stream: Stream,
  apart: Dim = 0,
): Reading => ({ start: startOf(stream), steps: stream.steps, step: 0, apart });

/** Of a copy that has so many bytes for each step of the depth. */
export const copyReading = (
  { contraction: { depth }, rowRanges }: Product,
  start: Code,
  step: number,
): Reading => {
  const isWhole = rowRanges.every((range) => range === null);
  return { start, steps: isWhole ? null : stepsOver(depth, step), step, apart: 0 };
};

export type Tile = {
  readonly rows: readonly Local[];
  readonly columns: Columns;
  readonly left: Reading;
  readonly right: Reading;
};

type Level = {
  readonly extent: Dim;
  /** How many of them, where that is not all. */
  readonly rounds: Code | null;
  /** Whether that may be none. */
  readonly mayBeNone: boolean;
  readonly left: Dim | null;
  readonly right: Dim | null;
};
type Pointers = { readonly left: Local; readonly right: Local };

/** What is gone through of an axis of the depth, at least one; copies begin with the first. `to`: null for that alone. */
export type Share = { readonly from: Local; readonly to: Local | null };

/** What a tile sums of an axis of the depth. */
type Part = {
  readonly rounds: Code;
  readonly mayBeNone: boolean;
  /** How many are skipped of each operand. */
  readonly left: Code | null;
  readonly right: Code | null;
};

/** Loops over the depth, of which neighbours that go on where the inner one ends are one. */
const levelsOf = (
  { emitter }: ProductWriter,
  { contraction }: Product,
  { left, right }: Tile,
  parts: readonly (Part | null)[],
): readonly Level[] =>
  contraction.depth
    .map(({ extent }, k): Level => {
      const part = parts[k] ?? null;
      return {
        extent,
        rounds: part?.rounds ?? null,
        mayBeNone: part?.mayBeNone ?? !(typeof extent === "number" && extent > 0),
        left: left.steps?.[k] ?? null,
        right: right.steps?.[k] ?? null,
      };
    })
    .reduceRight<readonly Level[]>((inner, level) => {
      const [next, ...rest] = inner;
      if (next === undefined || next.rounds !== null) return [level, ...inner];
      const goesOn = (own: Dim | null, other: Dim | null): boolean =>
        own === null || equalDims(own, mul(other!, next.extent));
      if (!goesOn(level.left, next.left) || !goesOn(level.right, next.right))
        return [level, ...inner];
      const { rounds } = level;
      const one = {
        ...next,
        extent: mul(level.extent, next.extent),
        rounds: rounds === null ? null : i32.mul(rounds, emitter.size(next.extent)),
        mayBeNone: level.mayBeNone || next.mayBeNone,
      };
      return [one, ...rest];
    }, []);

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
  if (product.isMasked) sumAgain(writer, product, tile, sums, scope);
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
  shares: readonly Share[] = [],
): void => {
  const { locals } = writer.emitter;
  const [left, right] = [locals.fresh("i32"), locals.fresh("i32")];
  const parts = product.contraction.depth.map(
    ({ name }, k) =>
      partOf(writer, product.rowRanges[k]!, shares[k] ?? null, scope) ?? between(name, scope),
  );
  const levels = levelsOf(writer, product, tile, parts);
  const startOf = (side: "left" | "right"): Code =>
    parts.reduce<Code>((sum, part, k) => {
      const skipped = part?.[side] ?? null;
      if (skipped === null) return sum;
      return i32.add(sum, i32.mul(skipped, writer.emitter.size(tile[side].steps![k]!)));
    }, tile[side].start);
  const step = stepOf(writer, tile, sums, scope);
  scope.code.push(
    set(left, startOf("left")),
    set(right, startOf("right")),
    goThrough(writer, tile, levels, { left, right }, step),
  );
};

/** Between ends at which operands begin already. */
const between = (axis: string, scope: Scope): Part | null => {
  const rounds = rangedRounds(scope, axis);
  if (rounds === null) return null;
  const count = i32.sub(get(rounds.to), get(rounds.from));
  return { rounds: count, mayBeNone: true, left: null, right: null };
};

/** Of a range, of a share, or of both; null where all of the axis is gone through. */
const partOf = (
  { emitter }: ProductWriter,
  range: AxisRange | null,
  share: Share | null,
  scope: Scope,
): Part | null => {
  const own = share === null ? null : { from: get(share.from), to: endOf(share) };
  if (range === null) {
    if (own === null) return null;
    return { rounds: i32.sub(own.to, own.from), mayBeNone: false, left: own.from, right: null };
  }
  const kept = (code: Code): Code => {
    const local = emitter.locals.fresh("i32");
    scope.code.push(set(local, code));
    return get(local);
  };
  const later = (a: Code, b: Code): Code => kept(choose(a, b, i32.lt(b, a)));
  const sooner = (a: Code, b: Code): Code => kept(choose(a, b, i32.lt(a, b)));
  const [first, end] = [range.from, range.to].map((e) => kept(emitter.value(e, scope)));
  const from = own === null ? first! : later(first!, own.from);
  const to = own === null ? end! : sooner(end!, own.to);
  return {
    rounds: later(kept(i32.sub(to, from)), intConst(0)),
    mayBeNone: true,
    left: from,
    right: own === null ? from : i32.sub(from, own.from),
  };
};

const endOf = ({ from, to }: Share): Code =>
  to === null ? i32.add(get(from), intConst(1)) : get(to);

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
    // V8 keeps loads in the order in which they stand here, and multiplies in one of its own.
    return [loads, adds.slice(-1), adds.slice(0, -1)];
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
  const own = (side: "left" | "right"): Local =>
    level[side] === null ? pointers[side] : emitter.locals.fresh("i32");
  const moving = { left: own("left"), right: own("right") };
  const sides = ["left", "right"] as const;
  const bytesOf = (side: "left" | "right"): Dim =>
    level[side] ?? (inner.length > 0 ? 0 : tile[side].step);
  const move = (side: "left" | "right"): Code => {
    const by = bytesOf(side);
    return by === 0 ? [] : set(moving[side], i32.add(get(moving[side]), emitter.size(by)));
  };
  const begin = sides.map((side) =>
    moving[side] === pointers[side] ? [] : set(moving[side], get(pointers[side])),
  );
  const count = level.rounds ?? emitter.size(level.extent);
  const end = emitter.locals.fresh("i32");
  const body = [goThrough(writer, tile, inner, moving, step), sides.map(move)];
  const toEnd = emitter.size(bytesOf("right"));
  // A pointer that moves anyway tells when it has reached its end, with one instruction less than a count.
  const [last, loop] =
    bytesOf("right") === 0
      ? [[], repeat([body, set(end, i32.sub(get(end), intConst(1)))], get(end))]
      : [
          set(end, i32.add(get(moving.right), i32.mul(get(end), toEnd))),
          repeat(body, i32.ne(get(moving.right), get(end))),
        ];
  return [
    begin,
    set(end, count),
    level.mayBeNone ? when(i32.gt(get(end), intConst(0)), [last, loop]) : [last, loop],
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
