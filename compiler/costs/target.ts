// What a compiler has to know of a target to weigh one kernel against another: what things cost there, and its limits.

import type { ScalarFn } from "../kernel/expr.ts";

/**
 * In additions of floats whose operands are there. Of an operation it is what one more takes where a kernel does many
 * of them, so costs of parts may be summed. `test/bench/figures.ts` measures all of them.
 */
export type Costs = {
  /** Reading an element of a buffer: its address, bounds, and conversion to what is computed with. */
  readonly load: number;
  /** Reading a number of a copy whose lanes lie side by side: address and bounds are theirs together. */
  readonly copied: number;
  readonly store: number;
  /** A word that is not in the cache when it is read or written, besides. */
  readonly far: number;
  /** Words that stay in the cache from one kernel to the next. */
  readonly cache: number;
  /** Calling a kernel. */
  readonly launch: number;
  /** A multiplication of a product, its addition and its share of loads, in a tile. */
  readonly multiply: number;
  /** Storing and loading a number that has no register. */
  readonly spill: number;
  /** Least of a round of a loop that adds to a number without a register: it is stored, loaded and added to, one after the other. */
  readonly throughMemory: number;
  /** Dividing a position, or its remainder. */
  readonly divide: number;
  readonly functions: Readonly<Record<ScalarFn, number>>;
};

/** Of an element-wise op, which has the name of its function; null for any other. */
export const costOfFunction = (op: string, { functions }: Costs): number | null =>
  new Map(Object.entries(functions)).get(op) ?? null;

export type Target = {
  readonly name: string;
  readonly costs: Costs;
  /** Iterations of one axis that are written side by side, at most. */
  readonly lanes: number;
  /** Numbers of a loop that are there at once: so many stay in registers, any more are stored and loaded in each round. */
  readonly registers: number;
  /** What each lane computes for itself is written once per lane; more operations than this in one loop are too many. */
  readonly operations: number;
  /** Words of a copy in the order in which a reduction reads it: it has to stay in the cache. 0: none is made. */
  readonly panel: number;
  /** Words of a copy of a whole operand, which is read once per such copy. */
  readonly copy: number;
  /** Whether a result may lie over an operand that is read for the last time. */
  readonly inPlace: boolean;
  /** Pieces of memory that a launch can bind, of which each is of halves or has none. 0 where there are no halves. */
  readonly halves: number;
  /** Buffers that an arena lies in: as many as it takes for launches to read and write different ones. */
  readonly slabs: number;
  /** Words of a buffer that every device lets a launch have. */
  readonly binding: number;
  /** Words are handed out in multiples of this. */
  readonly alignment: number;
};
