// f32 arithmetic on expressions as formulas need it: numbers stand for themselves, rounded to f32.

import { call, num } from "../build.ts";
import type { Expr } from "../expr.ts";

type Term = Expr | number;

const term = (x: Term): Expr => (typeof x === "number" ? num(Math.fround(x)) : x);

export const add = (a: Term, b: Term): Expr => call("add", term(a), term(b));
export const sub = (a: Term, b: Term): Expr => call("sub", term(a), term(b));
export const mul = (a: Term, b: Term): Expr => call("mul", term(a), term(b));
export const div = (a: Term, b: Term): Expr => call("div", term(a), term(b));
export const abs = (x: Expr): Expr => call("abs", x);
export const floor = (x: Expr): Expr => call("floor", x);
export const less = (a: Term, b: Term): Expr => call("lt", term(a), term(b));
export const equal = (a: Term, b: Term): Expr => call("eq", term(a), term(b));
export const choose = (condition: Expr, then: Term, otherwise: Term): Expr =>
  call("select", condition, term(then), term(otherwise));

/** Into low .. high. By comparisons, so that NaN stays NaN. */
export const clamp = (x: Expr, low: number, high: number): Expr => {
  const under = atMost(x, high);
  return choose(less(under, low), low, under);
};
export const atMost = (x: Expr, high: number): Expr => choose(less(high, x), high, x);

/** A whole number, at most 0.5 away from x up to rounding. */
export const nearest = (x: Expr): Expr => floor(add(x, 0.5));

/** c0 + x (c1 + x (c2 + …)). */
export const horner = (x: Expr, [first = 0, ...rest]: readonly number[]): Expr =>
  rest.length === 0 ? term(first) : add(mul(x, horner(x, rest)), first);
