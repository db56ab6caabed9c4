// The code of a matrix times a vector, where rows of the matrix lie in memory as the vector does: eight rows at a time, each
// with a sum of four parts.

import { int, size } from "../../kernel/build.ts";
import type { Code } from "./bytes.ts";
import { emitRounds } from "./emit-rounds.ts";
import { emitStmts } from "./emit-statements.ts";
import {
  f32,
  f32x4,
  floatConst,
  floatsConst,
  get,
  i32,
  intConst,
  lane,
  load,
  mulAdd,
  set,
  v128,
  withLane,
} from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { wordBytes } from "./loads.ts";
import { transposed } from "./panels.ts";
import type { Stream } from "./streams.ts";
import type { DotRows } from "./row-products.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { bound, columnsAt, columnScope, emitTiles, loopsOver, placeAlong } from "./tiles.ts";
import type { ProductWriter } from "./tiles.ts";

const heights = [8, 4, 1];

/** Of a row: four parts, and what is left over. */
type Sums = { readonly parts: Local; readonly rest: Local };

export const emitDotRows = (writer: ProductWriter, product: DotRows, scope: Scope): void => {
  const { emitter } = writer;
  const { locals } = emitter;
  loopsOver(emitter, product.outer, scope, (inner) =>
    emitTiles(emitter, product.column, heights, inner, (height, first, tile) => {
      const sums = Array.from({ length: height }, (): Sums => ({
        parts: locals.fresh("v128"),
        rest: locals.fresh("f32"),
      }));
      for (const { parts, rest } of sums)
        tile.code.push(set(parts, floatsConst(0)), set(rest, floatConst(0)));
      loopsOver(emitter, product.depth.slice(0, -1), tile, (each) =>
        addRow(writer, product, sums, first, each),
      );
      const columns = columnsAt(emitter, first, height, tile);
      columns.groups.forEach((group, g) => {
        const own = columnScope(product.column, columns, group, tile);
        const sum = locals.fresh(columns.isVector ? "v128" : "f32");
        const code = columns.isVector ? four(sums.slice(4 * g, 4 * g + 4)) : one(sums[0]!);
        tile.code.push(set(sum, code));
        own.held.set(product.sum, sum);
        emitStmts(writer, product.stores, own);
        tile.code.push(own.code);
      });
    }),
  );
};

/** Along the last axis of the depth. */
const addRow = (
  writer: ProductWriter,
  { column, depth, left, right }: DotRows,
  sums: readonly Sums[],
  first: Local,
  scope: Scope,
): void => {
  const { emitter } = writer;
  const { locals } = emitter;
  const startOf = (stream: Stream): Local => {
    const local = locals.fresh("i32");
    const own = openScope(scope, { binds: [[column.name, bound(first)]] });
    const code = placeAlong(emitter, stream, depth.slice(0, -1), own);
    scope.code.push(own.code, set(local, code));
    return local;
  };
  const [leftAt, rightAt] = [startOf(left), startOf(right)];
  const last = depth.at(-1)!;
  const rounds = { name: last.name, from: int(0), to: size(last.extent) };
  emitRounds(emitter, rounds, [1], scope, false, (inner) => {
    const isVector = inner.axis === last.name;
    const type = isVector ? "v128" : "f32";
    const behind = i32.mul(get(inner.binds.get(last.name)!.local), intConst(wordBytes));
    const [at, x] = [locals.fresh("i32"), locals.fresh(type)];
    inner.code.push(
      set(x, load(type, { base: i32.add(get(leftAt), behind), offset: 0 })),
      set(at, i32.add(get(rightAt), behind)),
    );
    sums.forEach(({ parts, rest }, r) => {
      const into = isVector ? parts : rest;
      const element = load(type, { base: get(at), offset: r * right.apart });
      const times = isVector ? mulAdd : f32.mulAdd;
      inner.code.push(set(into, times(get(x), element, get(into))));
    });
  });
};

/** Sums of four rows: parts 0 + 1 and 2 + 3, then what was left over. */
const four = (sums: readonly Sums[]): Code => {
  const [a, b, c, d] = transposed(sums.map(({ parts }) => get(parts)));
  const rest = [1, 2, 3].reduce<Code>(
    (all, k) => withLane("f32", all, k, get(sums[k]!.rest)),
    v128.splatFloat(get(sums[0]!.rest)),
  );
  return f32x4.add(f32x4.add(f32x4.add(a!, b!), f32x4.add(c!, d!)), rest);
};

const one = ({ parts, rest }: Sums): Code => {
  const part = (k: number): Code => lane("f32", get(parts), k);
  const whole = f32.add(f32.add(part(0), part(1)), f32.add(part(2), part(3)));
  return f32.add(whole, get(rest));
};
