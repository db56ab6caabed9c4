// The functions of emitted code against those of the language and the interpreter's, which share no formula with them.

import { describe, expect, test } from "vitest";
import { erf as series } from "../../compiler/kernel/erf.ts";
import { erf, exponential, hyperbolicTangent } from "../../runtime/math.ts";

/** What part of `want`, which is not subnormal, the two differ by. */
const apart = (got: number, want: number): number =>
  Object.is(got, want) ? 0 : Math.abs(got - want) / Math.abs(want);

/** Numbers of every size, then densely where the function is neither flat nor straight. */
const inputs = (end: number): readonly number[] => [
  ...Array.from({ length: 260 }, (_, k) => 1.37 * 2 ** -k).flatMap((x) => [x, -x]),
  ...Array.from({ length: 40_000 }, (_, k) => (end * (2 * k - 39_999.3)) / 40_000),
];

describe("to less than 2^-30", () => {
  test.each([
    ["exponential", exponential, Math.exp, 708],
    ["hyperbolicTangent", hyperbolicTangent, Math.tanh, 12],
    ["erf", erf, series, 7],
  ] as const)("%s", (_, got, want, end) => {
    const worst = inputs(end).reduce((most, x) => Math.max(most, apart(got(x), want(x))), 0);
    expect(worst).toBeLessThan(2 ** -30);
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
    expect(apart(got(x), want(x)), `at ${x}`).toBeLessThan(2 ** -30);
});
