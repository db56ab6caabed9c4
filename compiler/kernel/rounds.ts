// The values that an axis takes, where they are known.

import { int, size } from "./build.ts";
import type { ReduceAxis } from "./expr.ts";

export type Ends = Pick<ReduceAxis, "extent" | "range">;

/** In order; null where one of the ends is not a number. */
export const roundsOf = ({ extent, range }: Ends): readonly number[] | null => {
  const { from, to } = range ?? { from: int(0), to: size(extent) };
  if (from.kind !== "number" || to.kind !== "number") return null;
  return Array.from({ length: Math.max(0, to.value - from.value) }, (_, k) => from.value + k);
};
