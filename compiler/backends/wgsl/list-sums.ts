// Additions at an index that data give, as sums over lists: rows are listed by their index, and each element goes over its own.

import { add } from "../../ir/dim.ts";
import {
  addI,
  axis,
  int,
  load,
  loops,
  over,
  reduce,
  row,
  select,
  store,
} from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { BufferDecl, Stmt } from "../../kernel/kernel.ts";
import { axesIn } from "../../lower/access.ts";
import { totalOf } from "../../lower/launch.ts";
import { listsOf } from "./lists.ts";
import type { Scatter } from "./scatter.ts";
import { placeAt } from "./share-out.ts";

/** In the order of the additions. Null where there is more than one index, or it is another one for some elements of a row. */
export const listedSums = (
  { buffer, accumulate, index, rounds, where, value }: Scatter,
  fresh: (hint: string) => string,
): readonly Stmt[] | null => {
  const [data, ...more] = index.flatMap((place) => (place.kind === "data" ? [place] : []));
  if (data === undefined || more.length > 0) return null;
  const own = new Set(index.flatMap((place) => (place.kind === "axis" ? [place.axis.name] : [])));
  const deciding = [data.index, ...(where === null ? [] : [where])];
  if ([...axesIn(deciding)].some((name) => own.has(name))) return null;
  if (rounds.some(({ range }) => range !== null)) return null;
  const rows = totalOf(rounds);
  const count = data.extent;
  const decl = (hint: string, shape: BufferDecl["shape"]): BufferDecl => ({
    name: fresh(hint),
    dtype: "i32",
    shape,
  });
  const [keys, starts, order] = [
    decl("keys", [rows]),
    decl("starts", [add(count, 1)]),
    decl("order", [rows]),
  ];
  const [i, e, z] = [fresh("i"), fresh("e"), fresh("z")];
  const of = (e: Expr, position: Expr): Expr =>
    placeAt({ axes: rounds, where: null }, position, true, new Map()).rename(e);
  const key = where === null ? data.index : select(where, data.index, int(-1));
  const ends = { from: load(starts, [axis(e)]), to: load(starts, [addI(axis(e), int(1))]) };
  const sum = reduce(accumulate, [over(z, rows, ends)], of(value, load(order, [axis(z)])));
  const axes = index.map((place) => (place.kind === "axis" ? place.axis : over(e, count)));
  const element = axes.map(({ name }) => axis(name));
  return [
    ...[keys, starts, order].map(row),
    ...loops([over(i, rows)], [store(keys.name, [axis(i)], of(key, axis(i)))]),
    ...listsOf({ rows, count, at: (name) => load(keys, [axis(name)]) }, { starts, order }, fresh),
    ...loops(axes, [store(buffer, element, sum, accumulate)]),
  ];
};
