// Makes lists of rows by an index that each row has: every row finds its place by itself.

import { add } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import {
  addI,
  andB,
  axis,
  eqI,
  ifStmt,
  int,
  leI,
  letStmt,
  load,
  local,
  loops,
  ltI,
  over,
  reduce,
  select,
  size,
  store,
} from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import type { Listed } from "../../lower/sums-by-index.ts";

export type Indexed = {
  /** How many rows there are, and how many lists. */
  readonly rows: Dim;
  readonly count: Dim;
  /** The index of the row that an axis counts; of a row that is in no list another one than 0 .. count - 1. */
  readonly at: (axis: string) => Expr;
};

/** A list begins behind all rows of lesser indices, and a row stands behind those before it that have its own. */
export const listsOf = (
  { rows, count, at }: Indexed,
  { starts, order }: Listed,
  fresh: (hint: string) => string,
): readonly Stmt[] => {
  const [each, any] = [fresh("e"), fresh("i")];
  const [row, earlier] = [fresh("i"), fresh("i")];
  const [own, rank] = [local(fresh("own"), "i32"), local(fresh("rank"), "i32")];
  const one = (holds: Expr): Expr => select(holds, int(1), int(0));
  const isLess = andB(leI(int(0), at(any)), ltI(at(any), axis(each)));
  const before = reduce("add", [over(any, rows)], one(isLess));
  const range = { from: int(0), to: axis(row) };
  const place = addI(load(starts, [own]), rank);
  const isListed = andB(leI(int(0), own), ltI(own, size(count)));
  return [
    ...loops([over(each, add(count, 1))], [store(starts.name, [axis(each)], before)]),
    ...loops(
      [over(row, rows)],
      [
        letStmt(own.name, at(row)),
        letStmt(rank.name, reduce("add", [over(earlier, rows, range)], one(eqI(at(earlier), own)))),
        ifStmt(isListed, [store(order.name, [place], axis(row))]),
      ],
    ),
  ];
};
