// Limits of decisions that no comparison of costs sets: they keep code small, or compile time, or say what memory is worth,
// or from how much work on it is worth to begin something.

/**
 * Code size. A kernel is one function: engines compile long ones late or not at all, and values that are needed at once
 * have to stay in registers. No cost of an operation says so, hence plain counts of operations on elements.
 */
export const largestKernel = {
  /** Ops computed inside one root, whatever they do. */
  inlined: 120,
  /** Of a kernel that only maps. */
  map: 60,
  /** Of a kernel over rows. */
  rows: 90,
  /** Of sums with common loops, all of them. */
  sums: 40,
  /** On each result of a product, whose code is there once per element of a tile; and what one root adds to that. */
  tile: 6,
  tileByRoot: 2,
} as const;

/** Code size. A loop whose guards turn at more places than make so many pieces keeps them. */
export const mostPieces = 4;

/** Compile time. What is looked at before a search is given up. */
export const search = {
  /** Of all groups that read a value, a root tries to join so many: what all layers read has very many readers. */
  groups: 4,
  /** So far back it is looked for what a value is made of. */
  depth: 8,
  /** And whether that is positions alone. */
  positions: 4,
} as const;

/** Work. What adds loops, copies or lists is not begun for less: what it adds would be all that is to be seen of it. */
export const leastWork = {
  /**
   * Multiplications in a step of the products that leave a time loop cut in two, for a loop and a stack in memory more: the
   * weights of fewer stay in the first cache anyway.
   */
  stage: 4096,
  /** Times that each word of a copy is read: making it takes a load and a store of the word. */
  reads: 4,
  /** Elements of the sum that reads a copy: starting the loops of a shorter one costs more than how its elements lie. */
  length: 16,
  /** Additions for a row, for each index: listing the rows of all indices asks each row once per index. */
  row: 16,
} as const;

/**
 * Memory is scarcer than time: these say how much time is given for it. No machine has such figures; with these the
 * networks of `test/memory` train in little more than what their gradients need.
 */
export const memoryFirst = {
  /** Additions to keep one element less from where it is made to its last reader. */
  element: 60,
  /** The part of a product's work that guards of padding may add, so that no padded copy is made. */
  guards: 0.16,
  /** A value with so many times fewer elements than what is made of it costs nothing to keep. */
  shrinking: 8,
  /** So many elements made of one are hardly more than copies of it. */
  spreading: 4,
  /** A value with so many times more elements than what it pads is mostly padding. */
  padding: 2,
} as const;
