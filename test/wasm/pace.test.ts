// What is faster is what runs, whatever else the machine does.

import { expect, test } from "vitest";
import { createPace } from "../../runtime/hosts/pace.ts";

/** Of so many runs, how many went the first way. */
const firstOf = (
  pace: ReturnType<typeof createPace>,
  runs: number,
  timeOf: (isFirst: boolean, run: number) => number,
): number => {
  let first = 0;
  for (let run = 0; run < runs; run++) {
    const isFirst = pace.first();
    if (isFirst) first++;
    pace.took(timeOf(isFirst, run));
  }
  return first;
};

test("the faster of two ways runs almost always", () => {
  expect(firstOf(createPace(), 1000, (isFirst) => (isFirst ? 2 : 3))).toBeGreaterThan(970);
  expect(firstOf(createPace(), 1000, (isFirst) => (isFirst ? 3 : 2))).toBeLessThan(30);
});

test("a first run that takes long is forgotten, and so is a run that something else held up", () => {
  const time = (isFirst: boolean, run: number): number =>
    run < 2 ? 100 : run % 50 === 49 ? 4 : isFirst ? 2 : 3;
  expect(firstOf(createPace(), 1000, time)).toBeGreaterThan(950);
});

test("the other way is taken when it has become the faster one", () => {
  const pace = createPace();
  firstOf(pace, 500, (isFirst) => (isFirst ? 2 : 3));
  const busy = (isFirst: boolean): number => (isFirst ? 5 : 3);
  firstOf(pace, 200, busy);
  expect(firstOf(pace, 500, busy)).toBeLessThan(20);
  firstOf(pace, 200, (isFirst) => (isFirst ? 2 : 3));
  expect(firstOf(pace, 500, (isFirst) => (isFirst ? 2 : 3))).toBeGreaterThan(480);
});
