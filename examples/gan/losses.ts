// The logs of rounds with named steps into curves.

import type { Curve } from "../draw/charts.ts";
import type { Figures } from "../example.ts";
import type { Log } from "../open-recipe.ts";

/** Points of each curve: means over stretches of rounds, so that the picture stays small. */
const points = 120;

/** For each curve its name, the step and the number of the step's log. */
export const curvesOf = (
  logs: readonly Log[],
  wanted: Readonly<Record<string, readonly [step: string, value: string]>>,
): readonly Curve[] => {
  const stretch = Math.max(1, Math.ceil(logs.length / points));
  const starts = logs.map((_, i) => i).filter((i) => i % stretch === 0);
  return Object.entries(wanted).map(([name, [step, value]]) => ({
    name,
    x: starts.map((start) => Math.min(start + stretch, logs.length)),
    y: starts.map((start) => {
      const some = logs.slice(start, start + stretch).map((log) => (log[step] as Figures)[value]!);
      return some.reduce((sum, number) => sum + number, 0) / some.length;
    }),
  }));
};
