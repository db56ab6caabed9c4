// The code of a vector times a matrix: rows of the matrix are read in order, four at a time, and added up in memory that
// stays in the first cache.

import type { GridAxis } from "../../lower/launch.ts";
import type { Code } from "./bytes.ts";
import {
  f32,
  f32x4,
  floatConst,
  floatsConst,
  get,
  i32,
  intConst,
  load,
  mulAdd,
  repeat,
  set,
  store,
  v128,
  when,
} from "./instructions.ts";
import type { At, Local } from "./instructions.ts";
import { behind, bound, finishColumns, loopsOver, placeAlong } from "./tiles.ts";
import type { ProductWriter } from "./tiles.ts";
import { wordBytes } from "./loads.ts";
import type { RowProduct } from "./row-products.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { sharedRounds } from "./shared-rounds.ts";

/** Rows that are added at a time. */
const together = 8;

export const emitRowProduct = (writer: ProductWriter, product: RowProduct, scope: Scope): void =>
  loopsOver(writer.emitter, product.outer, scope, (inner) => {
    const { emitter, panelAt } = writer;
    const { column, depth } = product;
    const end = emitter.locals.fresh("i32");
    const vectors = emitter.locals.fresh("i32");
    const shared = sharedRounds(inner, column.name);
    // Threads that share columns have each its own of one row of sums.
    const panel = shared === null ? writer.panel : intConst(panelAt);
    const behindPanel = (count: Code): Code => i32.add(panel, i32.mul(count, intConst(wordBytes)));
    const begin = shared === null ? panel : behindPanel(get(shared.from));
    const ends = { panel, begin, end, vectors };
    inner.code.push(
      set(end, behindPanel(shared === null ? emitter.size(column.extent) : get(shared.to))),
      set(vectors, i32.and(get(end), intConst(-16))),
    );
    overColumns(writer, ends, inner, (at, isVector) =>
      store(isVector ? "v128" : "f32", at(0), isVector ? floatsConst(0) : floatConst(0)),
    );
    loopsOver(emitter, depth.slice(0, -1), inner, (each) =>
      addRows(writer, product, ends, depth.at(-1)!, each),
    );
    finishColumns(writer, product, inner, (own) => ({
      base: behindPanel(get(own.binds.get(column.name)!.local)),
      offset: 0,
    }));
  });

/** Where the sums are: of column 0, of the first column, behind the last, and behind those that come four at a time. */
type Ends = {
  readonly panel: Code;
  readonly begin: Code;
  readonly end: Local;
  readonly vectors: Local;
};

/** `write` gets the place of a column behind an address. */
const overColumns = (
  { emitter }: ProductWriter,
  { begin, end, vectors }: Ends,
  scope: Scope,
  write: (at: (base: number) => At, isVector: boolean) => Code,
): void => {
  const c = emitter.locals.fresh("i32");
  const at = (offset: number): At => ({ base: get(c), offset });
  const loop = (isVector: boolean): Code => {
    const again = i32.lt(get(c), get(isVector ? vectors : end));
    const next = set(c, i32.add(get(c), intConst(isVector ? 16 : wordBytes)));
    return when(again, repeat([write(at, isVector), next], again));
  };
  scope.code.push(set(c, begin), loop(true), loop(false));
};

const addRows = (
  writer: ProductWriter,
  product: RowProduct,
  ends: Ends,
  axis: GridAxis,
  scope: Scope,
): void => {
  const { depth, left, right } = product;
  const { emitter } = writer;
  const { locals } = emitter;
  const step = right.steps.at(-1)!;
  const row = locals.fresh("i32");
  const zero = locals.fresh("i32");
  const inFirst = openScope(scope, { binds: [[product.column.name, bound(zero)]] });
  const start = placeAlong(emitter, right, depth.slice(0, -1), inFirst);
  scope.code.push(set(zero, intConst(0)), inFirst.code);
  // Behind it by where a sum is lies what is added to that.
  scope.code.push(set(row, i32.sub(start, ends.panel)));
  const k = locals.fresh("i32");
  const extent = emitter.size(axis.extent);
  scope.code.push(set(k, intConst(0)));
  const isFixed = typeof step === "number" && step >= 0;
  let missing = typeof axis.extent === "number" ? axis.extent : null;
  for (const count of [together, 1]) {
    if (missing !== null && missing < count) continue;
    const inner = openScope(scope, {});
    const rows = Array.from({ length: count }, (_, j) => {
      const at = behind(emitter, k, j, inner);
      const own = isFixed || j === 0 ? row : locals.fresh("i32");
      if (own !== row)
        inner.code.push(set(own, i32.add(get(row), i32.mul(emitter.size(step), intConst(j)))));
      const offset = isFixed ? j * step : 0;
      if (left === null) return { own, offset, one: null, four: null };
      const within = openScope(inner, { binds: [[axis.name, bound(at)]] });
      const [one, four] = [locals.fresh("f32"), locals.fresh("v128")];
      const code = emitter.value(left, within);
      inner.code.push(within.code, set(one, code), set(four, v128.splatFloat(get(one))));
      return { own, offset, one, four };
    });
    overColumns(writer, ends, inner, (at, isVector) => {
      const type = isVector ? "v128" : "f32";
      const { add } = isVector ? f32x4 : f32;
      const times = isVector ? mulAdd : f32.mulAdd;
      const { base: column } = at(0);
      const shared = locals.fresh("i32");
      const sum = locals.fresh(type);
      // Row after row: products that wait for one another's sums would not all have a register.
      const adds = rows.map(({ own, offset, one, four }) => {
        const base = own === row ? get(shared) : i32.add(get(own), column);
        const element = load(type, { base, offset });
        const next =
          one === null
            ? add(get(sum), element)
            : times(element, get(isVector ? four! : one), get(sum));
        return set(sum, next);
      });
      return [
        set(shared, i32.add(get(row), column)),
        set(sum, load(type, at(0))),
        adds,
        store(type, at(0), get(sum)),
      ];
    });
    const again = i32.le(get(k), i32.sub(extent, intConst(count)));
    const next = [
      set(k, i32.add(get(k), intConst(count))),
      set(row, i32.add(get(row), i32.mul(emitter.size(step), intConst(count)))),
    ];
    const loop = repeat([inner.code, next], again);
    scope.code.push(missing === null ? when(again, loop) : loop);
    if (missing !== null) missing %= count;
  }
};
