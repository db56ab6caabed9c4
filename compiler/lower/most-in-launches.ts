// What a size of a kernel never exceeds in any launch of a plan.

import { substitute } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { mostOfDim } from "../ir/estimate.ts";
import type { Plan } from "./plan.ts";

/** `position` is that of the kernel; null where nothing is proved. */
export const mostInLaunches = (
  { kernels, entries }: Plan,
  position: number,
): ((dim: Dim) => number | null) => {
  const names = kernels[position]!.kernel.sizes;
  const launches = entries.flatMap(({ entry, dispatches }) => {
    const most = mostOfDim(entry.graph.sizes);
    return dispatches
      .filter((d) => d.kernel === position)
      .map(({ sizes }) => ({ most, known: new Map(names.map((name, k) => [name, sizes[k]!])) }));
  });
  return (dim) =>
    typeof dim === "number"
      ? dim
      : launches.reduce<number | null>((largest, { most, known }, k) => {
          const one = most(substitute(dim, known));
          return one === null || (k > 0 && largest === null) ? null : Math.max(largest ?? 0, one);
        }, null);
};
