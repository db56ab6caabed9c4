// The runtime's error function against the interpreter's series, which shares no formula with it.

import { expect, test } from "vitest";
import { erf as series } from "../../compiler/kernel/erf.ts";
import { erf } from "../../runtime/math.ts";

test("erf agrees with its series to a few units in the last place", () => {
  for (let x = -7; x <= 7; x += 0.00317) {
    const want = series(x);
    expect(Math.abs(erf(x) - want)).toBeLessThanOrEqual(4e-15 * Math.abs(want));
  }
});

test("erf at its edges", () => {
  expect(erf(Infinity)).toBe(1);
  expect(erf(-Infinity)).toBe(-1);
  expect(erf(NaN)).toBeNaN();
  expect(erf(0)).toBe(0);
  expect(erf(-0)).toBe(-0);
  expect(erf(1e-300)).toBeCloseTo(1.1283791670955126e-300, 310);
});
