// What a kernel of `lower/streams` does for each row by itself, also where it makes several rows at once.

import { dimKey, mul } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { rowsIn } from "../../kernel/buffers.ts";
import { axis, call, dimOf, int, row } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { printExpr } from "../../kernel/text.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { mapStmts, storesIn, visitExprs } from "../../lower/statements.ts";
import type { Loop } from "../../schedule/nests.ts";
import type { GridAxis } from "../../lower/launch.ts";

export type RowProgram = {
  /** Outermost first. */
  readonly grid: readonly GridAxis[];
  /** What is done for one element of the grid, in order. */
  readonly body: readonly Stmt[];
};

/**
 * For all rows: one program, or two that ought to do the same, of rows in blocks and of those left over. None where
 * there are no rows.
 */
export const rowProgramsOf = ({ body }: Kernel): readonly RowProgram[] =>
  rowsIn(body).length === 0 ? [] : within(body, []);

const isSpatial = (s: Stmt | undefined): s is Loop =>
  s?.kind === "for" && s.role === "spatial" && s.carries.length === 0;

const within = (stmts: readonly Stmt[], grid: readonly GridAxis[]): readonly RowProgram[] => {
  const [first, second] = stmts;
  if (!isSpatial(first) || first.range !== null) return alone({ grid, body: stmts });
  const inner = (name: string, extent: Dim): readonly GridAxis[] => [...grid, { name, extent }];
  if (stmts.length === 1) return within(first.body, inner(first.axis, first.extent));
  if (stmts.length !== 2 || !isSpatial(second)) return [];
  const blocks = unblocked(
    { grid: inner(second.axis, first.extent), body: first.body },
    first.axis,
  );
  if (blocks === null || !isRest(second, blocks.grid.at(-1)!.extent)) return [];
  const rest = { grid: inner(second.axis, second.extent), body: second.body };
  return [rest, { ...blocks, grid: rest.grid }];
};

const isRest = ({ range, extent }: Loop, from: Dim): boolean => {
  const ends = range === null ? [] : [dimOf(range.from), dimOf(range.to)];
  const wanted = [from, extent];
  return wanted.every((dim, k) => ends[k] != null && dimKey(ends[k]) === dimKey(dim));
};

const alone = (program: RowProgram): readonly RowProgram[] => {
  const last = program.grid.at(-1);
  return last === undefined ? [] : [unblocked(program, last.name) ?? program];
};

/**
 * Undoes `blockRows`: row `t` is number `t mod count` of block `t / count`. `block`: the axis of blocks; the last of the
 * grid is to be that of rows. Null where rows are not made in blocks.
 */
const unblocked = ({ grid, body }: RowProgram, block: string): RowProgram | null => {
  const { name, extent } = grid.at(-1)!;
  const scratch = body.flatMap((s) => (s.kind === "row" ? [s.decl] : []));
  const loops = body.filter((s) => s.kind !== "row");
  const count = loops[0]?.kind === "for" ? loops[0].extent : null;
  if (typeof count !== "number" || scratch.some(({ shape }) => shape[0] !== count)) return null;
  const names = new Set(scratch.map((decl) => decl.name));
  const stmts: Stmt[] = [];
  for (const s of loops) {
    if (!isSpatial(s) || s.range !== null || s.extent !== count) return null;
    if (!indicesOf(s, names).every(([at]) => at?.kind === "axis" && at.name === s.axis))
      return null;
    stmts.push(...oneRow(s, { name, block, count }, names));
  }
  const rows = scratch.map((decl) => row({ ...decl, shape: decl.shape.slice(1) }));
  const rowAxis = { name, extent: mul(extent, count) };
  return { grid: [...grid.slice(0, -1), rowAxis], body: [...rows, ...stmts] };
};

const indicesOf = (s: Stmt, buffers: ReadonlySet<string>): readonly (readonly Expr[])[] => {
  const found = storesIn([s]).flatMap((one) => (buffers.has(one.buffer) ? [one.index] : []));
  visitExprs([s], (e) => {
    if (e.kind === "load" && buffers.has(e.buffer)) found.push(e.index);
  });
  return found;
};

type Blocks = { readonly name: string; readonly block: string; readonly count: number };

const oneRow = (
  { axis: within, body }: Loop,
  { name, block, count }: Blocks,
  scratch: ReadonlySet<string>,
): readonly Stmt[] => {
  const whole = axis(name);
  const [at, inside] = [call("div", whole, int(count)), call("mod", whole, int(count))];
  const wholeText = printExpr(call("add", call("mul", at, int(count)), inside));
  const rebuild = createRebuild((e) => {
    if (e.kind === "axis") return e.name === block ? at : e.name === within ? inside : null;
    if (e.kind === "load") return scratch.has(e.buffer) ? { ...e, index: e.index.slice(1) } : null;
    return e.kind === "call" && e.fn === "add" && printExpr(e) === wholeText ? whole : null;
  });
  const withoutRow = (s: Stmt): Stmt => {
    if (s.kind === "for") return { ...s, body: s.body.map(withoutRow) };
    return s.kind === "store" && scratch.has(s.buffer) ? { ...s, index: s.index.slice(1) } : s;
  };
  return mapStmts(body, rebuild).map(withoutRow);
};
