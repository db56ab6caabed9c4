// Standard normal draws from uniform ones, by Box-Muller.

import { call, int } from "../build.ts";
import type { Expr } from "../expr.ts";
import { mul, nearest, sub } from "./arithmetic.ts";
import { bitAnd, bitXor, lastBits } from "./bits.ts";
import { logOfNormal } from "./log.ts";
import { sineOf } from "./sine.ts";

/** √(-2 log(1 - u)) for u of 24 bits, so that 1 - u is exact and above 0. */
export const radius = (u: Expr): Expr => call("sqrt", mul(logOfNormal(sub(1, u)), -2));

/** sin(2π u + quarters · π/2) for u of 24 bits: the rest after whole quarters is exact. */
export const sineOfTurn = (u: Expr, quarters: Expr): Expr => {
  const q = nearest(mul(u, 4));
  const rest = sub(u, mul(q, 0.25));
  return sineOf(call("add", lastBits(q), quarters), mul(rest, 2 * Math.PI));
};

/** Elements 2k and 2k + 1 share a pair of uniform draws: one takes its cosine, the other its sine. */
export const normal = (key0: Expr, key1: Expr, n: Expr, element: Expr): Expr => {
  const first = bitAnd(element, int(-2));
  const drawn = (at: Expr): Expr => call("uniform", key0, key1, n, at);
  const isFirst = bitXor(bitAnd(element, int(1)), int(1));
  return mul(radius(drawn(first)), sineOfTurn(drawn(call("add", first, int(1))), isFirst));
};
