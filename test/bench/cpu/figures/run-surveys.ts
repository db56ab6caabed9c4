// Makes surveys one after the other; one that fails ends no other.

import { textOf } from "../../shared/measure.ts";
import type { Bench, Survey, Surveyed } from "./figure.ts";

export const runSurveys = async (
  surveys: readonly Survey[],
  bench: Bench,
  told: (one: Surveyed, all: readonly Surveyed[]) => void,
): Promise<void> => {
  const all: Surveyed[] = [];
  for (const survey of surveys) {
    const one: Surveyed = await survey
      .measure(bench)
      .then((figures) => ({ survey, figures, failure: null }))
      .catch((cause: unknown) => ({ survey, figures: [], failure: `error: ${textOf(cause)}` }));
    all.push(one);
    told(one, all);
  }
};
