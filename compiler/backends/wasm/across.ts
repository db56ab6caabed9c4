// Rows that lie side by side, as those of the gradient of a weight: a line of the cache has one step of the depth of several
// rows. Each line is read once if rows are copied, a tile at a time, and columns before them, as many as stay in the cache.

import type { Dim } from "../../ir/dim.ts";
import type { Contraction } from "../../lower/contraction.ts";
import type { GridAxis } from "../../lower/launch.ts";

/** From so long a depth on it is gone through in parts. */
export const longDepth = 1024;

/** Of columns that stay in the cache while all rows meet them. */
const mostWords = 2 ** 15;
/** Rows are copied again for the next of so many columns: a copy is little beside so many sums. */
const manyColumns = 256;

/** How many columns to copy at a time for a depth of so many steps; null where they would be too few, or nobody knows. */
export const columnsAtOnce = (columns: Dim, steps: Dim): number | null => {
  if (typeof columns !== "number" || typeof steps !== "number") return null;
  if (columns * steps <= mostWords) return columns;
  return steps < longDepth ? 8 * Math.floor(mostWords / steps / 8) : null;
};

/** For how many steps at most as many columns as are worth it are copied; null where nobody knows how many there are. */
export const stepsAtOnce = (columns: Dim): number | null =>
  typeof columns === "number" ? Math.floor(mostWords / Math.min(columns, manyColumns)) : null;

/** Steps of the depth that are gone through at a time: one round of the axes before `axis`, so many of that, all of those behind. */
export type Split = { readonly axis: number; readonly rounds: number; readonly inner: number };

/** The outermost axis of which one round is no more than `most` steps; null where there is none. `steps`: of axes, at most. */
export const splitOf = (
  depth: readonly GridAxis[],
  most: number,
  steps: (axes: readonly GridAxis[]) => number,
): Split | null => {
  const axis = depth.findIndex((_, k) => steps(depth.slice(k + 1)) <= most);
  const inner = axis < 0 ? 0 : steps(depth.slice(axis + 1));
  if (inner === 0) return null;
  const atOnce = Math.max(1, Math.floor(most / inner));
  const { extent } = depth[axis]!;
  const rounds =
    typeof extent === "number" ? Math.ceil(extent / Math.ceil(extent / atOnce)) : atOnce;
  return { axis, rounds, inner };
};

/** Whether sums can wait in the result while others of the depth are copied. */
export const waitInResult = ({ stores, sum }: Contraction): boolean =>
  stores.length === 1 && stores[0]!.value === sum;
