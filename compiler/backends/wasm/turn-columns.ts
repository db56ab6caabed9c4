// A copy of all columns of an operand, in which those lie side by side that in memory lie along the depth: made once before the
// loops that leave the operand as it is, however often products in these read it.

import { int, size } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { childrenOf } from "../../lower/intern.ts";
import type { Code } from "./bytes.ts";
import { emitRounds } from "./emit-rounds.ts";
import { get, i32, intConst, load, set, store } from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { transposed } from "./panels.ts";
import type { Product, Turned } from "./product.ts";
import { openScope, outermost } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { bound, emitTiles, loopsOver, placeAlong } from "./tiles.ts";
import type { ProductWriter } from "./tiles.ts";

/** Gives the variable that has its address. */
export const turnColumns = (
  writer: ProductWriter,
  { column, contraction: { depth } }: Product,
  { from, pitch }: Turned,
  start: Code,
  scope: Scope,
): Local => {
  const { emitter } = writer;
  const { locals } = emitter;
  const home = outermost(scope, namesIn(from.start, column.name), false);
  const copy = locals.fresh("i32");
  home.code.push(set(copy, start));
  const last = depth.at(-1)!;
  emitTiles(emitter, column, [4, 1], home, (width, at, tile) => {
    const to = locals.fresh("i32");
    tile.code.push(set(to, i32.add(get(copy), i32.mul(get(at), intConst(wordBytes)))));
    const row = (k: number): Code => i32.add(get(to), i32.mul(emitter.size(pitch), intConst(k)));
    loopsOver(emitter, depth.slice(0, -1), tile, (each) => {
      const rounds = { name: last.name, from: int(0), to: size(last.extent) };
      emitRounds(emitter, rounds, width === 4 ? [1] : [], each, false, (inner) => {
        const isVector = inner.axis === last.name;
        const base = locals.fresh("i32");
        const own = openScope(inner, { binds: [[column.name, bound(at)]] });
        const first = placeAlong(emitter, from, depth, own);
        inner.code.push(own.code, set(base, first));
        const read = Array.from({ length: width }, (_, k): Code => {
          const local = locals.fresh(isVector ? "v128" : "f32");
          const place = { base: get(base), offset: k * from.apart };
          inner.code.push(set(local, load(local.type, place)));
          return get(local);
        });
        if (isVector)
          transposed(read).forEach((step, k) =>
            inner.code.push(store("v128", { base: row(k), offset: 0 }, step)),
          );
        else
          read.forEach((word, k) =>
            inner.code.push(store("f32", { base: get(to), offset: wordBytes * k }, word)),
          );
        inner.code.push(set(to, row(isVector ? 4 : 1)));
      });
    });
  });
  return copy;
};

/** Axes and variables in an address, but for that of the columns. */
const namesIn = (expr: Expr, column: string): ReadonlySet<string> => {
  const names = new Set<string>();
  const visit = (e: Expr): void => {
    if ((e.kind === "axis" || e.kind === "local") && e.name !== column) names.add(e.name);
    childrenOf(e).forEach(visit);
  };
  visit(expr);
  return names;
};
