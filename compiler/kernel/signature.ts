// The argument and result types of every scalar function.

import type { DType } from "../ir/type.ts";
import type { Expr, ScalarFn } from "./expr.ts";

/** `any`: all such arguments have one dtype; `number`: that dtype is f32 or i32; `free`: no condition. */
export type Param = DType | "any" | "number" | "free";
/** `same`: the dtype of the `any` or `number` arguments; `chosen`: written at the call. */
export type Signature = {
  readonly params: readonly Param[];
  readonly result: DType | "same" | "chosen";
};

const arithmetic: Signature = { params: ["number", "number"], result: "same" };
const sign: Signature = { params: ["number"], result: "same" };
const real: Signature = { params: ["f32"], result: "f32" };
const comparison: Signature = { params: ["any", "any"], result: "bool" };
const logic: Signature = { params: ["bool", "bool"], result: "bool" };
const bits: Signature = { params: ["i32", "i32"], result: "i32" };
const draw: Signature = { params: ["i32", "i32", "i32", "i32"], result: "f32" };

export const signatures: Record<ScalarFn, Signature> = {
  add: arithmetic,
  sub: arithmetic,
  mul: arithmetic,
  div: arithmetic,
  mod: arithmetic,
  pow: arithmetic,
  min: { params: ["any", "any"], result: "same" },
  max: { params: ["any", "any"], result: "same" },
  neg: sign,
  abs: sign,
  floor: sign,
  exp: real,
  expm1: real,
  log: real,
  log1p: real,
  sqrt: real,
  sin: real,
  cos: real,
  atan: real,
  erf: real,
  tanh: real,
  sigmoid: real,
  eq: comparison,
  lt: comparison,
  le: comparison,
  not: { params: ["bool"], result: "bool" },
  and: logic,
  or: logic,
  select: { params: ["bool", "any", "any"], result: "same" },
  cast: { params: ["free"], result: "chosen" },
  toBits: { params: ["f32"], result: "i32" },
  fromBits: { params: ["i32"], result: "f32" },
  shl: bits,
  shr: bits,
  bitAnd: bits,
  bitXor: bits,
  uniform: draw,
  normal: draw,
};

/** The dtype of a call; `cast` is what it says. */
export function resultOf(fn: Exclude<ScalarFn, "cast">, args: readonly Expr[]): DType {
  const { params, result } = signatures[fn];
  if (result !== "same" && result !== "chosen") return result;
  return args[params.findIndex((p) => p === "any" || p === "number")]?.dtype ?? "f32";
}
