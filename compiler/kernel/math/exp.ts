// Functions of e^x: x = n ln 2 + r, so that e^x = 2^n e^r, with a polynomial for e^r on |r| ≤ ln 2 / 2.

import type { Expr } from "../expr.ts";
import {
  abs,
  add,
  atMost,
  choose,
  clamp,
  div,
  equal,
  horner,
  less,
  mul,
  nearest,
  sub,
} from "./arithmetic.ts";
import { flipSign, powerOfTwo, scale, toBits } from "./bits.ts";

/** ln 2 in two parts: the first has 16 bits, so that its product with n is exact. */
export const ln2High = 0.693145751953125;
export const ln2Low = 1.42860682e-6;

/** Of x = n ln 2 + r with |n| < 256. */
const reduce = (x: Expr): { readonly n: Expr; readonly r: Expr } => {
  const n = nearest(mul(x, Math.LOG2E));
  return { n, r: sub(sub(x, mul(n, ln2High)), mul(n, ln2Low)) };
};

/** e^r = Σ c_k r^k, relative error 3.1e-9. */
const expCoefficients: readonly number[] = [
  1, 1, 0.4999999403953552, 0.1666652113199234, 0.04166827350854874, 0.008368685841560364,
  0.001382013550028205,
];
/** e^r - 1 = r + r² Σ c_k r^k, relative error 1.4e-8. */
const expm1Coefficients: readonly number[] = [
  0.4999999701976776, 0.1666654646396637, 0.04166743531823158, 0.00836627185344696,
  0.0013870695838704705,
];

/** 2^n e^r for whole numbers n from -150 to 128. */
export const scaledExp = (n: Expr, r: Expr): Expr =>
  scale(horner(r, doubled(expCoefficients)), n, less(n, -125));

const doubled = (coefficients: readonly number[]): readonly number[] =>
  coefficients.map((c) => 2 * c);

/** Infinite above 88.72, 0 below -103.97. */
export const exp = (x: Expr): Expr => {
  const { n, r } = reduce(clamp(x, -104, 89));
  return scaledExp(n, r);
};

/** e^x / (1 + e^x), both sides 2^64 times as large, so that nothing before the quotient is subnormal. */
export const sigmoid = (x: Expr): Expr => {
  const { n, r } = reduce(clamp(x, -104, 18));
  const e = mul(horner(r, expCoefficients), powerOfTwo(n, 64));
  return div(e, add(e, 2 ** 64));
};

/** e^r - 1. */
const expm1Near0 = (r: Expr): Expr => add(r, mul(mul(r, r), horner(r, expm1Coefficients)));

/** 2 (2^(n-1) (e^r - 1) - (1/2 - 2^(n-1))): half of it is finite wherever it is itself. The sum would lose the sign of -0. */
export const expm1 = (x: Expr): Expr => {
  const { n, r } = reduce(clamp(x, -20, 89));
  const half = powerOfTwo(n, -1);
  const y = sub(mul(half, expm1Near0(r)), sub(0.5, half));
  return choose(equal(x, 0), x, add(y, y));
};

/** (e - 1) / (e + 1) with e = e^2|x| = 2^n (1 + q). Where e > 3, e - 1 follows the rounding of e + 1, which then cancels. */
export const tanh = (x: Expr): Expr => {
  const size = atMost(abs(x), 9.02);
  const { n, r } = reduce(add(size, size));
  const power = powerOfTwo(n);
  const scaled = mul(power, expm1Near0(r));
  const above = add(scaled, add(power, 1));
  const below = choose(less(4, above), sub(above, 2), add(scaled, sub(power, 1)));
  return flipSign(div(below, above), toBits(x));
};
