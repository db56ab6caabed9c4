// Sums along outer axes, which share loops where they go over the same elements.

import { equalShapes } from "../ir/type.ts";
import { sameDomain } from "./fuse.ts";
import type { Root } from "./fuse.ts";
import type { Read } from "./reads.ts";

/** Whether a root is one sum whose neighbours in memory go to different results. */
export const isColumnSum = ({ axes, reductions }: Root, reads: readonly Read[]): boolean =>
  axes !== null &&
  reductions.length === 1 &&
  reductions[0]!.name === "reduceSum" &&
  reads.some(({ along }) => along.size > 0);

export const sumsTheSame = (a: Root, b: Root): boolean => {
  const [one, other] = [a.reductions[0], b.reductions[0]];
  return (
    one !== undefined &&
    other !== undefined &&
    sameDomain(a.value, b.value) &&
    equalShapes(one.operands[0]!.type.shape, other.operands[0]!.type.shape) &&
    JSON.stringify(one.attrs["axes"]) === JSON.stringify(other.attrs["axes"])
  );
};
