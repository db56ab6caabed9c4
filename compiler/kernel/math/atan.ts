// atan: a polynomial up to 1, and π/2 - atan(1/x) above.

import type { Expr } from "../expr.ts";
import { abs, choose, div, horner, less, mul, sub } from "./arithmetic.ts";
import { flipSign, toBits } from "./bits.ts";

/** atan t = t Σ c_k t^2k for |t| ≤ 1, relative error 1.7e-8. */
const coefficients: readonly number[] = [
  1, -0.33333152532577515, 0.19993767142295837, -0.14211003482341766, 0.10665785521268845,
  -0.07551723718643188, 0.043205857276916504, -0.01636413298547268, 0.0029197228141129017,
];

const halfPi = Math.fround(Math.PI / 2);

export const atan = (x: Expr): Expr => {
  const size = abs(x);
  const large = less(1, size);
  const t = choose(large, div(1, size), size);
  const y = mul(t, horner(mul(t, t), coefficients));
  // What the f32 lacks to π/2 goes to the smaller side first.
  const rest = sub(halfPi, sub(y, Math.PI / 2 - halfPi));
  return flipSign(choose(large, rest, y), toBits(x));
};
