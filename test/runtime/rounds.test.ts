// How often a step has updated, against one execution after the other.

import { expect, test } from "vitest";
import { turnsOf, updatesOf } from "../../runtime/rounds.ts";

test.each([
  [[1], 1],
  [[3, 1], 1],
  [[2, 1, 4], 3],
])("steps repeated %j, %d batches an update", (repeats, accumulate) => {
  const turns = turnsOf(
    repeats.map((repeat) => ({ repeat })),
    accumulate,
  );
  const counts = repeats.map(() => 0);
  for (let executions = 0; executions < 50; executions++) {
    expect(repeats.map((_, step) => updatesOf(turns, step, executions))).toEqual(counts);
    const { step, updates } = turns[executions % turns.length]!;
    if (updates) counts[step]!++;
  }
});
