// Loops whose iterations are independent, and what each of them does.

import { product } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { Stmt } from "../kernel/kernel.ts";

export type GridAxis = { readonly name: string; readonly extent: Dim };

/** How many elements there are along all of the axes. */
export const totalOf = (axes: readonly Pick<GridAxis, "extent">[]): Dim =>
  product(axes.map(({ extent }) => extent));

export type Launch = {
  /** Outermost first; none where one invocation does it all. */
  readonly grid: readonly GridAxis[];
  /** What each invocation does. */
  readonly body: readonly Stmt[];
};
