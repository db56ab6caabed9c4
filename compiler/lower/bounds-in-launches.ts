// What bounds the sizes of each kernel in the launches of a plan.

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

/** Of every kernel of a plan, in the order of its table. */
export const boundsInLaunches = ({ kernels, entries }: Plan): readonly Bounds[] => {
  const launches = kernels.map((): Launch[] => []);
  for (const { entry, dispatches } of entries) {
    const most = mostOfDim(entry.graph.sizes);
    for (const { kernel, sizes } of dispatches) {
      const names = kernels[kernel]!.kernel.sizes;
      const known = new Map(names.map((name, k) => [name, sizes[k]!]));
      launches[kernel]!.push({ most, known });
    }
  }
  return launches.map(boundsOf);
};

/** `known`: what the sizes of the kernel are in it. */
type Launch = { readonly most: BoundOf; readonly known: ReadonlyMap<string, Dim> };

const boundsOf = (launches: readonly Launch[]): Bounds => {
  const inEach = (dim: Dim): readonly (number | null)[] =>
    typeof dim === "number" ? [dim] : launches.map((l) => l.most(substitute(dim, l.known)));
  const known = (bounds: readonly (number | null)[]): readonly number[] =>
    bounds.filter((bound) => bound !== null);
  return {
    most: (dim) => {
      const bounds = inEach(dim);
      return bounds.length === 0 || bounds.includes(null) ? null : Math.max(...known(bounds));
    },
    fewest: (dim) => {
      const bounds = known(inEach(dim));
      return bounds.length === 0 ? null : Math.min(...bounds);
    },
  };
};
