// How each scalar function is written in WGSL: i32 wraps, bools are bools, what the language leaves open is a function of ours.

import type { Expr, ScalarFn } from "../../kernel/expr.ts";
import type { DType } from "../../ir/type.ts";
import { bare } from "../emit/parens.ts";
import { called, infix } from "../emit/spell.ts";
import type { Row, Spell } from "../emit/spell.ts";

/** A distance is a u32, and at most 31. */
const shifted =
  (op: string): Spell =>
  (a, by) =>
    /^\d+$/.test(by!) ? `(${a} ${op} ${by}u)` : `(${a} ${op} (u32(${bare(by!)}) & 31u))`;

/** Both sides of `&` and `|` are computed, without a branch. `select`, `cast` and equality need more than text. */
export const spelling: Record<Exclude<ScalarFn, "select" | "cast">, Row> = {
  add: { f32: infix("+") },
  sub: { f32: infix("-") },
  mul: { f32: infix("*") },
  div: { f32: infix("/"), i32: called("floorDiv") },
  mod: { f32: called("mod_f32"), i32: called("floorMod") },
  pow: { f32: called("pow_f32"), i32: called("powInt") },
  min: { f32: called("min_f32"), i32: called("min"), bool: infix("&") },
  max: { f32: called("max_f32"), i32: called("max"), bool: infix("|") },
  neg: { f32: (a) => `(-${a})` },
  abs: { f32: called("abs") },
  floor: { f32: called("floor"), i32: (a) => a! },
  exp: { f32: called("exp_f32") },
  expm1: { f32: called("expm1_f32") },
  log: { f32: called("log_f32") },
  log1p: { f32: called("log1p_f32") },
  sqrt: { f32: called("sqrt") },
  sin: { f32: called("sin_f32") },
  cos: { f32: called("cos_f32") },
  atan: { f32: called("atan_f32") },
  erf: { f32: called("erf_f32") },
  tanh: { f32: called("tanh_f32") },
  sigmoid: { f32: called("sigmoid_f32") },
  eq: { f32: infix("==") },
  lt: { f32: infix("<"), bool: (a, b) => `(!${a} && ${b})` },
  le: { f32: infix("<="), bool: (a, b) => `(!${a} || ${b})` },
  not: { f32: (a) => `!${a}` },
  and: { f32: infix("&") },
  or: { f32: infix("|") },
  toBits: { f32: (a) => `bitcast<i32>(${bare(a!)})` },
  fromBits: { f32: (a) => `bitcast<f32>(${bare(a!)})` },
  shl: { f32: shifted("<<") },
  shr: { f32: shifted(">>") },
  bitAnd: { f32: infix("&") },
  bitXor: { f32: infix("^") },
  uniform: { f32: called("uniform_f32") },
  normal: { f32: called("normal_f32") },
};

/** A value of one dtype as another. */
export const castText = (from: DType, to: DType, value: string): string => {
  if (from === to) return value;
  if (to === "bool") return from === "f32" ? `isNonZero(${bare(value)})` : `(${value} != 0)`;
  if (from === "bool") return to === "f32" ? choice(value, "1.0", "0.0") : choice(value, "1", "0");
  return to === "f32" ? `f32(${bare(value)})` : `toI32(${bare(value)})`;
};

export const choice = (condition: string, yes: string, no: string): string =>
  `select(${bare(no)}, ${bare(yes)}, ${bare(condition)})`;

/** A number is equal to itself unless it is NaN, which `==` of a language without NaN need not see. */
export const equalText = ([a, b]: readonly Expr[], texts: readonly string[]): string =>
  a === b && a!.dtype === "f32" ? `!isNan(${bare(texts[0]!)})` : spelling.eq.f32(...texts);
