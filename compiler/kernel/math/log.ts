// Logarithms: x = 2^e (1 + f) with 1 + f from 2/3 to 4/3, and a polynomial for log(1 + f).

import { call, cast, int } from "../build.ts";
import type { Expr } from "../expr.ts";
import { add, choose, equal, horner, less, mul, sub } from "./arithmetic.ts";
import { bitAnd, fromBits, mantissaBits, toBits } from "./bits.ts";

/** log(1 + f) = f + f² Σ c_k f^k, relative error 2.6e-8. */
const coefficients: readonly number[] = [
  -0.49999937415122986, 0.33333200216293335, -0.250077486038208, 0.20011073350906372,
  -0.1641702950000763, 0.13997134566307068, -0.1538359820842743, 0.14020580053329468,
];

const log1pNear0 = (f: Expr): Expr => add(f, mul(mul(f, f), horner(f, coefficients)));

/** The bits of 4/3. */
const upperEnd = int(0x3faaaaab);
const exponentField = int(0xff800000 | 0);

/** -e where x = 2^e m with m from 2/3 to 4/3, in the place of the exponent. */
const negatedExponent = (x: Expr): Expr => bitAnd(call("sub", upperEnd, toBits(x)), exponentField);
/** x 2^-e. */
const withoutExponent = (x: Expr, negated: Expr): Expr => fromBits(call("add", toBits(x), negated));

/** Of a number above 0 that is not subnormal: -e 2^23 and f. */
export const splitExponent = (x: Expr): { readonly down: Expr; readonly f: Expr } => {
  const negated = negatedExponent(x);
  return { down: cast("f32", negated), f: sub(withoutExponent(x, negated), 1) };
};

/** A subnormal number times 2^23, and that exponent in its place. */
export const liftSubnormal = (x: Expr): { readonly lifted: Expr; readonly by: Expr } => {
  const small = less(x, 2 ** -126);
  return {
    lifted: choose(small, mul(x, 2 ** mantissaBits), x),
    by: choose(small, mantissaBits * 2 ** mantissaBits, 0),
  };
};

/** log(1 + f) + e ln 2. The nearest f32 to ln 2 is so near that it needs no second part. */
const compose = (f: Expr, down: Expr): Expr =>
  sub(log1pNear0(f), mul(down, Math.LN2 / 2 ** mantissaBits));

/** Of a number above 0 that is neither subnormal nor infinite. */
export const logOfNormal = (x: Expr): Expr => {
  const { down, f } = splitExponent(x);
  return compose(f, down);
};

/** `value` where from < x < ∞; -∞ at its lower end and NaN below it. */
const above = (x: Expr, from: number, value: Expr): Expr =>
  choose(
    less(from, x),
    choose(less(x, Infinity), value, x),
    choose(equal(x, from), -Infinity, NaN),
  );

export const log = (x: Expr): Expr => {
  const { lifted, by } = liftSubnormal(x);
  const { down, f } = splitExponent(lifted);
  return above(x, 0, compose(f, add(down, by)));
};

/** e is that of 1 + x, and f = 2^-e x - (1 - 2^-e): nothing of a small x is lost, nor the sign of -0. */
export const log1p = (x: Expr): Expr => {
  const negated = negatedExponent(add(1, x));
  // 4 · 2^-e, which is not subnormal for the largest x either.
  const scale = fromBits(call("add", negated, int(0x40800000)));
  const f = sub(withoutExponent(x, negated), sub(1, mul(scale, 0.25)));
  return above(x, -1, compose(f, cast("f32", negated)));
};
