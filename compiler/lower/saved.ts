// What it saves to make two kernels one: a launch, and loads of what both read or the one makes for the other.

import type { Costs } from "../costs/target.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import { elementCount } from "../ir/type.ts";
import type { Root } from "./fuse.ts";
import type { Group, Growing } from "./group.ts";
import { printBytes } from "./memory-budget.ts";

/** `12.3 kB, 18.6k additions`: what need not be loaded, and the time that this and a launch take. */
export type Saved = (roots: readonly Root[], group: Growing) => string;

export const createSaved =
  (readsOf: Group["readsOf"], costs: Costs, estimate: (dim: Dim) => number): Saved =>
  (roots, group) => {
    const valuesOf = (one: Root): readonly Value[] => readsOf(one).map(({ value }) => value);
    const known = new Set(group.roots.flatMap((one) => [one.value, ...valuesOf(one)]));
    const words = [...new Set(roots.flatMap(valuesOf))]
      .filter((value) => known.has(value))
      .reduce((sum, { type }) => sum + estimate(elementCount(type)), 0);
    const time = costs.launch + costs.load * words;
    return `${printBytes(4 * words)}, ${printTime(time)} additions`;
  };

/** `120`, `18.6k`, `1.2M`. */
const printTime = (additions: number): string => {
  const [by, unit] = additions < 1e4 ? [1, ""] : additions < 1e7 ? [1e3, "k"] : [1e6, "M"];
  return `${Math.round(additions / by)}${unit}`;
};
