// The blocks in which attention is computed: rows by columns at a time, what of a depth goes through workgroup memory at
// once, and what an invocation has.

import type { Tile } from "./tiles.ts";

/** With the weights of a block and both operands of a product it needs 15 of the 16 kB that every device has. */
export const block: Tile = {
  rows: 64,
  columns: 32,
  depth: 16,
  perInvocation: { rows: 4, columns: 4 },
};
