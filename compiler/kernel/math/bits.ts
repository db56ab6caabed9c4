// The parts of an f32: a sign bit, 8 bits of exponent whose 127 stands for 2^0, 23 bits of mantissa.

import { call, int } from "../build.ts";
import type { Expr } from "../expr.ts";
import { add, choose } from "./arithmetic.ts";

export const mantissaBits = 23;
export const exponentBias = 127;
const signBit = int(-(2 ** 31));

export const toBits = (x: Expr): Expr => call("toBits", x);
export const fromBits = (bits: Expr): Expr => call("fromBits", bits);
export const shiftLeft = (bits: Expr, distance: number): Expr => call("shl", bits, int(distance));
export const bitAnd = (a: Expr, b: Expr): Expr => call("bitAnd", a, b);
export const bitXor = (a: Expr, b: Expr): Expr => call("bitXor", a, b);

/** An f32 of this size has the last bits of a whole number that is added to it, up to 2^22. */
const wholeInMantissa = 1.5 * 2 ** mantissaBits;

/** An i32 that ends as the whole number n + offset does. */
export const lastBits = (n: Expr, offset = 0): Expr => toBits(add(n, wholeInMantissa + offset));

/** 2^(n + offset) for a whole exponent from -126 to 127; 128 gives infinity, -127 gives 0. */
export const powerOfTwo = (n: Expr, offset = 0): Expr =>
  fromBits(shiftLeft(lastBits(n, exponentBias + offset), mantissaBits));

/** Where numbers are subnormal, the exponent is raised by so much and the result multiplied by 2^-raise. */
const raise = 64;

/** 2 · mantissa · 2^(n - 1) for a whole n down to -150, so that neither factor overflows before the product. */
export const scale = (twice: Expr, n: Expr, small: Expr): Expr => {
  const offset = wholeInMantissa + exponentBias - 1;
  const exponent = toBits(add(n, choose(small, offset + raise, offset)));
  const raised = call("mul", twice, fromBits(shiftLeft(exponent, mantissaBits)));
  return call("mul", raised, choose(small, 2 ** -raise, 1));
};

/** Flips the sign of x where the sign bit of `bits` is set. */
export const flipSign = (x: Expr, bits: Expr): Expr =>
  fromBits(bitXor(toBits(x), bitAnd(bits, signBit)));
