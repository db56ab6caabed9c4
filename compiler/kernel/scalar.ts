// What each scalar function of the kernel language computes, in doubles.

import type { DType } from "../ir/type.ts";
import { normalAt, uniformAt } from "../../runtime/random.ts";
import { erf } from "./erf.ts";
import type { ScalarFn } from "./expr.ts";

/** Arguments that a function does not take are 0. */
export type Scalar = (a: number, b: number, c: number, d: number) => number;

/** The function on arguments of a dtype. `select` and `cast` need more than values: see `interpret.ts`. */
export function scalarOf(fn: Exclude<ScalarFn, "select" | "cast">, dtype: DType): Scalar {
  return dtype === "f32" ? real[fn] : (integer[fn] ?? real[fn]);
}

/** `value` as `to`: toward zero and saturating into i32, NaN is 0; `x != 0` into bool. */
export function castTo(to: DType, value: number): number {
  if (to === "bool") return value !== 0 ? 1 : 0;
  if (to === "f32") return value;
  if (Number.isNaN(value)) return 0;
  return Math.min(Math.max(Math.trunc(value), -(2 ** 31)), 2 ** 31 - 1) + 0;
}

const real: Record<Exclude<ScalarFn, "select" | "cast">, Scalar> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  mod: floorMod,
  pow: (a, b) => Math.pow(a, b),
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  neg: (a) => -a,
  abs: (a) => Math.abs(a),
  floor: (a) => Math.floor(a),
  exp: (a) => Math.exp(a),
  expm1: (a) => Math.expm1(a),
  log: (a) => Math.log(a),
  log1p: (a) => Math.log1p(a),
  sqrt: (a) => Math.sqrt(a),
  sin: (a) => Math.sin(a),
  cos: (a) => Math.cos(a),
  atan: (a) => Math.atan(a),
  erf,
  tanh: (a) => Math.tanh(a),
  sigmoid,
  eq: (a, b) => (a === b ? 1 : 0),
  lt: (a, b) => (a < b ? 1 : 0),
  le: (a, b) => (a <= b ? 1 : 0),
  not: (a) => (a === 0 ? 1 : 0),
  and: (a, b) => (a !== 0 && b !== 0 ? 1 : 0),
  or: (a, b) => (a !== 0 || b !== 0 ? 1 : 0),
  toBits: (a) => new Int32Array(Float32Array.of(a).buffer)[0] ?? 0,
  fromBits: (a) => new Float32Array(Int32Array.of(a).buffer)[0] ?? 0,
  shl: (a, b) => a << b,
  shr: (a, b) => a >> b,
  bitAnd: (a, b) => a & b,
  bitXor: (a, b) => a ^ b,
  uniform: uniformAt,
  normal: normalAt,
};

/** Where whole numbers differ: results wrap at 32 bits, dividing by zero gives 0. */
const integer: { readonly [F in ScalarFn]?: Scalar } = {
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: Math.imul,
  div: (a, b) => (b === 0 ? 0 : Math.floor(a / b) | 0),
  mod: (a, b) => (b === 0 ? 0 : floorMod(a, b) | 0),
  pow: (a, b) => integerPower(a, b),
  neg: (a) => -a | 0,
  abs: (a) => Math.abs(a) | 0,
};

/** The remainder with the sign of the divisor. */
function floorMod(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/** By squaring, so that wrapping at 32 bits stays exact. */
function integerPower(base: number, exponent: number): number {
  let result = 1;
  for (let power = base, n = exponent; n > 0; n >>>= 1, power = Math.imul(power, power)) {
    if ((n & 1) === 1) result = Math.imul(result, power);
  }
  return result;
}

/** Without overflow on either side. */
function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}
