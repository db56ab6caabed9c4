// What schedules are chosen for: a record of costs per target.

/** Costs are in additions. */
export type Target = {
  readonly name: string;
  /** Iterations of one axis that are written side by side. */
  readonly lanes: number;
  /** What each lane computes for itself is written once per lane; more operations than this in one loop are too many. */
  readonly operations: number;
  readonly load: number;
  readonly arithmetic: number;
  readonly select: number;
  /** Words of a copy in the order in which a reduction reads it: it has to stay in the cache. 0: none is made. */
  readonly panel: number;
  /** Words of a copy of a whole operand, which is read once per such copy. */
  readonly copy: number;
  /** exp, log and the like. */
  readonly transcendental: number;
};

/**
 * Plain JavaScript. A load is an address, a bounds check and a conversion from f32. 16 sums and what they read still
 * run from registers or the top of the stack: with 4 x 4 lanes a product takes 4.5 to 5.5 GFLOP/s, with 2 x 4 4.4, alone
 * 1.4. The figures are rough, and only compared with each other.
 */
export const typescript: Target = {
  name: "typescript",
  lanes: 4,
  operations: 64,
  panel: 65_536,
  copy: 524_288,
  load: 3,
  arithmetic: 1,
  select: 2,
  transcendental: 15,
};
