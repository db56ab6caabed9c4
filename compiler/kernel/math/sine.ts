// sin and cos: x = q π/2 + r with |r| ≤ π/4, and a polynomial for each on that range.

import { call, int } from "../build.ts";
import type { Expr } from "../expr.ts";
import { add, choose, clamp, equal, horner, mul, nearest, sub } from "./arithmetic.ts";
import { bitAnd, flipSign, lastBits, shiftLeft } from "./bits.ts";

/** π/2 in parts of 11 bits, so that their products with q are exact up to q = 2^13; the last has all 24. */
const halfPi: readonly number[] = [
  1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5633440682570896e-12,
];

/** sin r = r + r³ Σ c_k r^2k, relative error 4.0e-9. */
const sinCoefficients: readonly number[] = [
  -0.16666655242443085, 0.008332187309861183, -0.00019517906184773892,
];
/** cos r = Σ c_k r^2k, relative error 3.9e-8. */
const cosCoefficients: readonly number[] = [
  1, -0.4999988377094269, 0.04165571928024292, -0.0013591102324426174,
];

/** sin(q π/2 + r), where the last two bits of `quarter` are those of q. */
export const sineOf = (quarter: Expr, r: Expr): Expr => {
  const square = mul(r, r);
  const sine = add(r, mul(r, mul(square, horner(square, sinCoefficients))));
  const even = call("eq", bitAnd(quarter, int(1)), int(0));
  return flipSign(choose(even, sine, horner(square, cosCoefficients)), shiftLeft(quarter, 30));
};

/** sin(x + shift π/2). Beyond |x| = 2^13 r loses digits until nothing is left of it; the result stays within -1 .. 1. */
const sineFrom = (x: Expr, shift: number): Expr => {
  const q = nearest(mul(x, 2 / Math.PI));
  const r = halfPi.reduce((rest, part) => sub(rest, mul(q, part)), x);
  return sineOf(lastBits(q, shift), clamp(r, -0.8, 0.8));
};

/** The sum would lose the sign of -0. */
export const sin = (x: Expr): Expr => choose(equal(x, 0), x, sineFrom(x, 0));
export const cos = (x: Expr): Expr => sineFrom(x, 1);
