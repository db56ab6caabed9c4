// Which of many cases run: a part that is the same on every day, or all of them with `DLM_WEBGPU=all` in the environment.

import { createRandom } from "../ir/random.ts";

export const runsAll = process.env["DLM_WEBGPU"] === "all";

/** About one of `every`, at least one, in their order. */
export const partOf = <T>(cases: readonly T[], every: number, seed = 5): readonly T[] => {
  if (runsAll || cases.length === 0) return cases;
  const random = createRandom(seed);
  const one = random.below(cases.length);
  return cases.filter((_, n) => random.below(every) === 0 || n === one);
};
