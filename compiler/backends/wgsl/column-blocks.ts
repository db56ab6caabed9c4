// Which blocks of columns a block of rows needs: what none of its rows has in its range is not looked at.

import { ceilDiv } from "../../ir/dim.ts";
import type { Expr } from "../../kernel/expr.ts";
import { createFreeAxes } from "../../lower/access.ts";
import { bare } from "../emit/parens.ts";
import type { Attention } from "./attention.ts";
import { block } from "./block.ts";
import { totalOf } from "../../lower/launch.ts";
import type { LaunchWriter } from "./launch-writer.ts";

export type ColumnBlocks = {
  readonly lines: readonly string[];
  /** Numbers of blocks, the second one behind the last. */
  readonly first: string;
  readonly end: string;
  /** Whether all rows have all of block `at`; null where none is known to be so. */
  readonly isWhole: (at: string) => string | null;
};

/** `rangeAt`: a `vec2i` for a row, the first of which is `start`. */
export const columnBlocks = (
  writer: LaunchWriter,
  { row, columns, range }: Attention,
  start: string,
  rangeAt: (row: string) => string,
): ColumnBlocks => {
  const blocks = ceilDiv(totalOf(columns), block.columns);
  if (range === null || ![range.from, range.to].every((end) => growsWith(end, row.name)))
    return { lines: [], first: "0", end: bare(writer.size(blocks)), isWhole: () => null };
  const [low, high, first, end] = ["low", "high", "first", "end"].map(writer.names.fresh);
  const up = (text: string): string => `(${text} + ${block.columns - 1}) / ${block.columns}`;
  return {
    lines: [
      `let ${low} = ${rangeAt(start)};`,
      `let ${high} = ${rangeAt(`${start} + ${block.rows - 1}`)};`,
      `let ${first} = ${low}.x / ${block.columns};`,
      `let ${end} = ${up(`${high}.y`)};`,
    ],
    first: first!,
    end: end!,
    isWhole: (at) => `${at} >= ${up(`${high}.x`)} && ${at} < ${low}.y / ${block.columns}`,
  };
};

/** Whether a later row has it no earlier. */
const growsWith = (e: Expr, row: string): boolean => {
  const isFree = (part: Expr): boolean => isUniform(part) && !createFreeAxes()(part).has(row);
  if (isFree(e) || e.kind === "axis") return true;
  if (e.kind !== "call") return false;
  const [a, b] = e.args as [Expr, Expr];
  switch (e.fn) {
    case "add":
    case "min":
    case "max":
      return growsWith(a, row) && growsWith(b, row);
    case "sub":
      return growsWith(a, row) && isFree(b);
    case "mul":
    case "div":
      return growsWith(a, row) && b.kind === "number" && b.value > 0;
    default:
      return false;
  }
};

/** Made of positions and sizes alone, so the same for all lanes, who have to meet at barriers. */
const isUniform = (e: Expr): boolean =>
  e.kind === "call" ? e.args.every(isUniform) : ["number", "size", "axis"].includes(e.kind);
