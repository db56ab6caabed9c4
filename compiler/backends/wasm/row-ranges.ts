// Products whose rows sum over different parts of the depth, which neighbours in some direction share: a convolution with padding
// does so for the same place of several images.

import type { AxisRange } from "../../kernel/expr.ts";
import { axesIn } from "../../lower/access.ts";
import type { Contraction } from "../../lower/contraction.ts";
import { endsOf } from "../../lower/intern.ts";
import { estimate } from "./estimate.ts";
import { tileRows } from "./tile-size.ts";

export type InRowRanges = {
  /** The last of its rows is the one whose neighbours share ranges. */
  readonly contraction: Contraction;
  /** Where that was. */
  readonly rowAt: number;
  /** Of each axis of the depth. */
  readonly rowRanges: readonly (AxisRange | null)[];
};

/** Null where there is no such direction, or nothing is left out. */
export const inRowRanges = (contraction: Contraction): InRowRanges | null => {
  const { sum, rows, columns, depth } = contraction;
  const rowRanges = sum.axes.map(({ range }) => range);
  const reached = axesIn(rowRanges.flatMap(endsOf));
  if (rowRanges.every((range) => range === null) || sum.where !== null) return null;
  if ([columns.at(-1)!, ...depth].some(({ name }) => reached.has(name))) return null;
  const row = rows.findLast(
    ({ name, extent }) => !reached.has(name) && estimate(extent) >= tileRows,
  );
  if (row === undefined) return null;
  const inOrder = [...rows.filter((one) => one !== row), row];
  return { contraction: { ...contraction, rows: inOrder }, rowAt: rows.indexOf(row), rowRanges };
};
