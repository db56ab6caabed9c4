// What one lane has of a sum or of a loop: every so many elements, counted over all axes, the innermost fastest.

import type { Dim } from "../../ir/dim.ts";
import { ceilDiv, exactDiv } from "../../ir/dim.ts";
import { decide } from "../../kernel/affine.ts";
import type { Extents } from "../../kernel/affine.ts";
import {
  addI,
  andB,
  axis,
  divI,
  ifStmt,
  int,
  local,
  loop,
  ltI,
  modI,
  mulI,
  num,
  over,
  select,
  size,
} from "../../kernel/build.ts";
import type { Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import { neutralOf } from "../../kernel/neutral.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { mapStmts } from "../../lower/statements.ts";
import { guardsOf } from "../../lower/contraction.ts";
import type { Sum } from "../../lower/contraction.ts";
import { totalOf } from "../../lower/launch.ts";

/** The axis that counts the lanes of an element. */
export const laneAxis = "lane.part";

/** Whether an invocation has an element of the grid. */
export const isThere = local("lane.isThere", "bool");

/** The axis that counts what a lane has of axes. */
const turnOf = (axes: readonly ReduceAxis[]): string => `${axes[0]!.name}.turn`;
const turnsOf = (axes: readonly ReduceAxis[], lanes: number): Dim => ceilDiv(totalOf(axes), lanes);

export type Place = {
  /** An expression at the element. */
  readonly rename: (e: Expr) => Expr;
  /** Where all of them hold the element is there. */
  readonly guards: readonly Expr[];
};

/**
 * The element that a position counts. `isInside`: whether there are no positions beyond the last. `where`: what holds for
 * elements besides the ranges of axes.
 */
export const placeAt = (
  { axes, where }: Pick<Sum, "axes" | "where">,
  position: Expr,
  isInside: boolean,
  extents: Extents,
): Place => {
  const places = axes.map(({ name, extent }, k): readonly [string, Expr] => {
    const outer = divI(position, size(totalOf(axes.slice(k + 1))));
    return [name, k === 0 ? outer : modI(outer, size(extent))];
  });
  const own = new Map(places);
  const rename = createRebuild((e) => (e.kind === "axis" ? (own.get(e.name) ?? null) : null));
  const inside = isInside ? [] : [ltI(position, size(totalOf(axes)))];
  const guards = guardsOf({ axes, where }).filter((g) => decide(g, extents) !== true);
  return { rename, guards: [...inside, ...guards.map(rename)] };
};

const shareOf = (of: Pick<Sum, "axes" | "where">, lanes: number, extents: Extents): Place => {
  const turn = turnsOf(of.axes, lanes) === 1 ? int(0) : axis(turnOf(of.axes));
  const position = addI(mulI(turn, int(lanes)), axis(laneAxis));
  return placeAt(of, position, exactDiv(totalOf(of.axes), lanes) !== null, extents);
};

/** What one lane adds up. */
export const partOfSum = (sum: Sum, lanes: number, extents: Extents): Sum => {
  const { rename, guards } = shareOf(sum, lanes, extents);
  return {
    ...sum,
    axes: [over(turnOf(sum.axes), turnsOf(sum.axes, lanes))],
    where: guards.length === 0 ? null : guards.reduce(andB),
    body: rename(sum.body),
  };
};

/** What one lane has of the position of a maximum: the element of all axes that it counts, and what is there. */
export type PartOfBest = { readonly position: Expr; readonly value: Expr };

/** `turn`: which of its own elements is the greatest. What a lane has not is no greater than anything. */
export const partOfBest = (
  { axes, where, body }: Sum,
  turn: Expr,
  lanes: number,
  extents: Extents,
): PartOfBest => {
  const position = addI(mulI(turn, int(lanes)), axis(laneAxis));
  const { rename, guards } = placeAt({ axes, where }, position, false, extents);
  const { dtype } = body;
  const least = num(dtype === "i32" ? -(2 ** 31) : neutralOf("max", dtype), dtype);
  return { position, value: select(guards.reduce(andB), rename(body), least) };
};

/** What one lane does of a loop. `isThere`: what has to hold besides. */
export const partOfLoop = (
  axes: readonly ReduceAxis[],
  stmts: readonly Stmt[],
  lanes: number,
  extents: Extents,
  isThere: Expr | null,
): readonly Stmt[] => {
  const { rename, guards } = shareOf({ axes, where: null }, lanes, extents);
  const all = [...guards, ...(isThere === null ? [] : [isThere])];
  const renamed = mapStmts(stmts, rename);
  const body = all.length === 0 ? renamed : [ifStmt(all.reduce(andB), renamed)];
  const turns = turnsOf(axes, lanes);
  return turns === 1 ? body : [loop(turnOf(axes), turns, body)];
};
