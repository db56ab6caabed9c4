// Values that are made row by row in one kernel, so that what has an element for each pair of positions is never stored.

import type { Value } from "../../ir/graph.ts";

export type Stream = {
  /** All that its kernel computes. */
  readonly members: ReadonlySet<Value>;
  /** Those of the members that are read afterwards and end it. */
  readonly sums: readonly Value[];
  /** Which axes of a member are those of rows, outer rows first; axes of size 1 are left out and not counted. */
  readonly rowAxesOf: (member: Value) => readonly number[];
};
