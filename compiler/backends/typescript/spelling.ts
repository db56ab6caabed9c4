// How each scalar function is written in TypeScript: numbers are doubles, i32 wraps, bools are booleans.

import type { ScalarFn } from "../../kernel/expr.ts";
import type { DType } from "../../ir/type.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { runtimeFunctions } from "../runtime-functions.ts";
import { bare, infixText } from "../emit/parens.ts";
import { called, infix } from "../emit/spell.ts";
import type { Row, Spell } from "../emit/spell.ts";

/** Functions of the runtime that emitted code may call. */
export type RuntimeFn = keyof typeof runtimeFunctions;

const wrapped =
  (op: string): Spell =>
  (a, b) =>
    `(${infixText(op, a!, b!)} | 0)`;
const math = (name: string): Spell => called(`Math.${name}`);
const ofRuntime = (name: RuntimeFn): Spell => called(name);

/** Dividing whole numbers by 0 gives 0; TypeScript refuses to compare a literal with one that it never is. */
const unlessZero = (divisor: string, value: string): string =>
  /^\(?-?[1-9]\d*\)?$/.test(divisor) ? value : `(${divisor} === 0 ? 0 : ${value})`;

/** `select` and `cast` are written by the emitter: they need more than argument text. */
export const spelling: Record<Exclude<ScalarFn, "select" | "cast">, Row> = {
  add: { f32: infix("+"), i32: wrapped("+") },
  sub: { f32: infix("-"), i32: wrapped("-") },
  mul: { f32: infix("*"), i32: math("imul") },
  div: { f32: infix("/"), i32: (a, b) => unlessZero(b!, `(Math.floor(${a} / ${b}) | 0)`) },
  mod: {
    f32: (a, b) => `floorMod(${a}, ${b})`,
    i32: (a, b) => unlessZero(b!, `floorMod(${a}, ${b})`),
  },
  pow: { f32: math("pow"), i32: (a, b) => `powInt(${a}, ${b})` },
  min: { f32: math("min"), bool: infix("&&") },
  max: { f32: math("max"), bool: infix("||") },
  neg: { f32: (a) => `(-${a})`, i32: (a) => `(-${a} | 0)` },
  abs: { f32: math("abs"), i32: (a) => `(Math.abs(${a}) | 0)` },
  floor: { f32: math("floor"), i32: (a) => a! },
  exp: { f32: ofRuntime("exponential") },
  expm1: { f32: math("expm1") },
  log: { f32: math("log") },
  log1p: { f32: math("log1p") },
  sqrt: { f32: math("sqrt") },
  sin: { f32: math("sin") },
  cos: { f32: math("cos") },
  atan: { f32: math("atan") },
  erf: { f32: ofRuntime("erf") },
  tanh: { f32: ofRuntime("hyperbolicTangent") },
  sigmoid: { f32: (a) => `(1 / (1 + exponential(-${a})))` },
  eq: { f32: infix("===") },
  lt: { f32: infix("<") },
  le: { f32: infix("<=") },
  not: { f32: (a) => `(${a} === 0)`, bool: (a) => `!${a}` },
  and: { f32: infix("&&") },
  or: { f32: infix("||") },
  toBits: { f32: (a) => `new Int32Array(Float32Array.of(${bare(a!)}).buffer)[0]!` },
  fromBits: { f32: (a) => `new Float32Array(Int32Array.of(${bare(a!)}).buffer)[0]!` },
  shl: { f32: infix("<<") },
  shr: { f32: infix(">>") },
  bitAnd: { f32: infix("&") },
  bitXor: { f32: infix("^") },
  uniform: { f32: ofRuntime("uniformAt") },
  normal: { f32: ofRuntime("normalAt") },
};

/** Index arithmetic cannot overflow, so it is written as plain sums and products. */
export const plainSpelling: { readonly [F in ScalarFn]?: Spell } = {
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: (a, b) => `Math.floor(${a} / ${b})`,
};

/** A value of one dtype as another. */
export const spellCast = (from: DType, to: DType, value: string): string => {
  if (from === to) return value;
  if (to === "bool") return `(${value} !== 0)`;
  if (from === "bool") return `(${value} ? 1 : 0)`;
  return to === "f32" ? value : `(Math.max(-2147483648, Math.min(2147483647, ${value})) | 0)`;
};

export const spellNumber = (dtype: DType, value: number): string => {
  if (dtype === "bool") return value !== 0 ? "true" : "false";
  if (Object.is(value, -0)) return "-0";
  return value < 0 ? `(${value})` : String(value);
};

/** Small functions that spellings call, written into the modules that need them. */
export const helperSource = {
  floorMod: {
    signature: ["a", "b"],
    doc: "The remainder with the sign of the divisor.",
    lines: ["const rest = a % b;", "return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;"],
  },
  powInt: {
    signature: ["base", "exponent"],
    doc: "By squaring, wrapping at 32 bits.",
    lines: [
      "let result = 1;",
      "for (let n = exponent; n > 0; n >>>= 1) {",
      "if ((n & 1) === 1) result = Math.imul(result, base);",
      "base = Math.imul(base, base);",
      "}",
      "return result;",
    ],
  },
} as const;

/** Division by a power of two and its remainder, rounded down for negative numbers too; `%` on doubles is slow. */
export const spellByBits = (fn: ScalarFn, a: string, by: Expr | undefined): string | null => {
  const power = by?.kind === "number" ? by.value : by?.kind === "size" ? by.dim : null;
  if (typeof power !== "number" || power < 1 || !Number.isInteger(Math.log2(power))) return null;
  if (fn === "mod") return `(${a} & ${power - 1})`;
  return fn === "div" ? `(${a} >> ${Math.log2(power)})` : null;
};
