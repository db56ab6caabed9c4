// The functions of emitted code against those of the language and the interpreter's, which share no formula with them.

import { describe, expect, test } from "vitest";
import { erf as series } from "../../compiler/kernel/erf.ts";
import { erf, exponential, hyperbolicTangent } from "../../runtime/math.ts";

/** Units in the last place of `want`, which is not subnormal. */
const unitsApart = (got: number, want: number): number =>
  Object.is(got, want) ? 0 : Math.abs(got - want) / (2 ** -52 * Math.abs(want));

/** Numbers of every size, then densely where the function is neither flat nor straight. */
const inputs = (end: number): readonly number[] => [
  ...Array.from({ length: 260 }, (_, k) => 1.37 * 2 ** -k).flatMap((x) => [x, -x]),
  ...Array.from({ length: 40_000 }, (_, k) => (end * (2 * k - 39_999.3)) / 40_000),
];

const worst = (got: (x: number) => number, want: (x: number) => number, end: number): number =>
  inputs(end).reduce((most, x) => Math.max(most, unitsApart(got(x), want(x))), 0);

describe("to a few units in the last place of a double", () => {
  test.each([
    ["exponential", exponential, Math.exp, 708, 2],
    ["hyperbolicTangent", hyperbolicTangent, Math.tanh, 12, 8],
    ["erf", erf, series, 7, 16],
  ] as const)("%s", (_, got, want, end, units) => {
    expect(worst(got, want, end)).toBeLessThanOrEqual(units);
  });
});

test.each([
  [exponential, Math.exp],
  [hyperbolicTangent, Math.tanh],
  [erf, series],
])("edges: %#", (got, want) => {
  for (const x of [
    0,
    -0,
    Infinity,
    -Infinity,
    NaN,
    1e300,
    -1e300,
    709,
    711,
    -709,
    -740,
    -750,
    10,
    -10,
    6,
    -6,
  ])
    expect(unitsApart(got(x), want(x)), `at ${x}`).toBeLessThanOrEqual(2);
});
