// x^y = e^(y log |x|), the logarithm and its product with y in two parts each: 24 bits of the exponent would be too few.

import { call, int } from "../build.ts";
import type { Expr } from "../expr.ts";
import {
  abs,
  add,
  choose,
  clamp,
  equal,
  floor,
  horner,
  less,
  mul,
  nearest,
  sub,
} from "./arithmetic.ts";
import { bitAnd, flipSign, fromBits, mantissaBits, toBits } from "./bits.ts";
import { ln2High, ln2Low, scaledExp } from "./exp.ts";
import { liftSubnormal, splitExponent } from "./log.ts";

/** A sum of an f32 and of a smaller one. */
type Pair = { readonly high: Expr; readonly low: Expr };

/** The first 12 bits of x and the rest: products of two such numbers are exact. */
const halves = (x: Expr): Pair => {
  const high = fromBits(bitAnd(toBits(x), int(-(2 ** 12))));
  return { high, low: sub(x, high) };
};

/** log(1 + f) = f - f²/2 + f³ Σ c_k f^k, relative error 4.6e-9. */
const coefficients: readonly number[] = [
  0.3333321511745453, -0.2499980479478836, 0.20010435581207275, -0.16680221259593964,
  0.14005543291568756, -0.12187454104423523, 0.13985593616962433, -0.12879282236099243,
];

/** a + b for |a| ≥ |b| or a = 0, and what its rounding lost. */
const exactSum = (a: Expr, b: Expr): Pair => {
  const high = add(a, b);
  return { high, low: add(sub(a, high), b) };
};

/** log x of a number above 0, to 2^-30 of itself. */
const logInParts = (x: Expr): Pair => {
  const { lifted, by } = liftSubnormal(x);
  const { down, f } = splitExponent(lifted);
  const exponent = mul(add(down, by), -(2 ** -mantissaBits));
  const part = halves(f);
  const main = exactSum(f, mul(mul(part.high, part.high), -0.5));
  const square = mul(mul(part.low, add(f, part.high)), -0.5);
  const cube = mul(mul(f, mul(f, f)), horner(f, coefficients));
  const sum = exactSum(mul(exponent, ln2High), main.high);
  const rest = add(mul(exponent, ln2Low), add(main.low, add(square, cube)));
  return exactSum(sum.high, add(sum.low, rest));
};

/** e^(high + low); far outside the range of results `low` is left out, as it may be NaN there. */
const expOfParts = ({ high, low }: Pair, whole: Expr): Expr => {
  const limited = clamp(whole, -104, 89);
  const inside = equal(limited, whole);
  const h = choose(inside, high, limited);
  const l = choose(inside, low, 0);
  const n = nearest(mul(limited, Math.LOG2E));
  return scaledExp(n, add(sub(h, mul(n, ln2High)), sub(l, mul(n, ln2Low))));
};

const product = (y: Expr, { high, low }: Pair): Pair => {
  const b = halves(high);
  const a = halves(y);
  const rest = add(b.low, low);
  return { high: mul(a.high, b.high), low: add(mul(a.high, rest), mul(a.low, add(b.high, rest))) };
};

/** |x|^y. The logarithm of 0 and of infinity, whose parts are of no use, is put in as it is. */
const magnitude = (size: Expr, y: Expr): Expr => {
  const log = logInParts(size);
  const limit = choose(equal(size, 0), -Infinity, log.high);
  const whole = mul(y, choose(less(size, Infinity), limit, size));
  return expOfParts(product(y, log), whole);
};

/** As `Math.pow` in every special case. */
export const pow = (x: Expr, y: Expr): Expr => {
  const size = choose(equal(y, 0), 1, magnitude(abs(x), y));
  const half = mul(y, 0.5);
  const isWhole = equal(floor(y), y);
  const isEven = equal(floor(half), half);
  const isOdd = call("and", isWhole, call("not", isEven));
  const signed = flipSign(size, call("select", isOdd, toBits(x), int(0)));
  const isFiniteNegative = call("and", less(x, 0), less(-Infinity, x));
  return choose(call("and", isFiniteNegative, call("not", isWhole)), NaN, signed);
};
