// erf: x (1/4 + P(x²) / Q(x²)) up to where it rounds to 1.

import type { Expr } from "../expr.ts";
import { add, clamp, div, horner, mul } from "./arithmetic.ts";

/** Relative error 2.8e-8 for |x| ≤ 3.93. Taking 1/4 out keeps the rounding of P and Q from counting in full. */
const numerator: readonly number[] = [
  0.8783791661262512, 0.06518042832612991, 0.024225929751992226, 0.000030215389415388927,
  -0.000006491771728178719, -0.000007459083462890703,
];
const denominator: readonly number[] = [
  1, 0.5024096965789795, 0.11425713449716568, 0.01499735563993454, 0.0011652025859802961,
  0.00003800406921072863,
];

/** Beyond 3.93 the quotient is above 1 as far as 4. */
export const erf = (x: Expr): Expr => {
  const inside = clamp(x, -4, 4);
  const square = mul(inside, inside);
  const slope = add(0.25, div(horner(square, numerator), horner(square, denominator)));
  return clamp(mul(inside, slope), -1, 1);
};
