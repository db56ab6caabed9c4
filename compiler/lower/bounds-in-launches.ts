// What bounds the sizes of a kernel in the launches of a plan.

import { substitute } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { mostOfDim } from "../ir/estimate.ts";
import type { Plan } from "./plan.ts";

type BoundOf = (dim: Dim) => number | null;

/** Null where nothing is proved. */
export type Bounds = {
  /** What a size never exceeds, in any launch. */
  readonly most: BoundOf;
  /** What it never exceeds in the launch that bounds it most: what only pays from some size on has to pay there. */
  readonly fewest: BoundOf;
};

const numberOf: BoundOf = (dim) => (typeof dim === "number" ? dim : null);
export const knownSizes: Bounds = { most: numberOf, fewest: numberOf };

/** `position` is that of the kernel. */
export const boundsInLaunches = ({ kernels, entries }: Plan, position: number): Bounds => {
  const names = kernels[position]!.kernel.sizes;
  const launches = entries.flatMap(({ entry, dispatches }) => {
    const most = mostOfDim(entry.graph.sizes);
    return dispatches
      .filter((d) => d.kernel === position)
      .map(({ sizes }) => ({ most, known: new Map(names.map((name, k) => [name, sizes[k]!])) }));
  });
  const boundsOf = (dim: Dim): readonly (number | null)[] =>
    typeof dim === "number" ? [dim] : launches.map((l) => l.most(substitute(dim, l.known)));
  const known = (bounds: readonly (number | null)[]): readonly number[] =>
    bounds.filter((bound) => bound !== null);
  return {
    most: (dim) => {
      const bounds = boundsOf(dim);
      return bounds.length === 0 || bounds.includes(null) ? null : Math.max(...known(bounds));
    },
    fewest: (dim) => {
      const bounds = known(boundsOf(dim));
      return bounds.length === 0 ? null : Math.min(...bounds);
    },
  };
};
