// How WebAssembly computes scalar functions: on one number, or on four lanes. A bool is 0 or 1, of lanes a mask.

import type { DType } from "../../ir/type.ts";
import type { Expr, ScalarFn } from "../../kernel/expr.ts";
import type { Code } from "./bytes.ts";
import {
  choose,
  f32,
  f32x4,
  floatConst,
  floatsConst,
  i32,
  i32x4,
  intConst,
  intsConst,
  v128,
} from "./instructions.ts";
import type { ValueType } from "./instructions.ts";

export type Lanes = 1 | 4;
export type Call = Extract<Expr, { kind: "call" }>;

export const typeOf = (dtype: DType, lanes: Lanes): ValueType =>
  lanes === 4 ? "v128" : dtype === "f32" ? "f32" : "i32";

type Spell = (a: Code, b: Code) => Code;
type Row = { readonly [F in ScalarFn]?: Spell };

const scalarFloat: Row = {
  add: f32.add,
  sub: f32.sub,
  mul: f32.mul,
  div: f32.div,
  min: f32.min,
  max: f32.max,
  neg: (a) => f32.neg(a),
  abs: (a) => f32.abs(a),
  floor: (a) => f32.floor(a),
  sqrt: (a) => f32.sqrt(a),
  eq: f32.eq,
  lt: f32.lt,
  le: f32.le,
  not: (a) => f32.eq(a, floatConst(0)),
  toBits: (a) => i32.fromFloat(a),
};
const lanesFloat: Row = {
  add: f32x4.add,
  sub: f32x4.sub,
  mul: f32x4.mul,
  div: f32x4.div,
  min: f32x4.min,
  max: f32x4.max,
  neg: (a) => f32x4.neg(a),
  abs: (a) => f32x4.abs(a),
  floor: (a) => f32x4.floor(a),
  sqrt: (a) => f32x4.sqrt(a),
  eq: f32x4.eq,
  lt: f32x4.lt,
  le: f32x4.le,
  not: (a) => f32x4.eq(a, floatsConst(0)),
  toBits: (a) => a,
};
const scalarInt: Row = {
  add: i32.add,
  sub: i32.sub,
  mul: i32.mul,
  min: (a, b) => choose(a, b, i32.lt(a, b)),
  max: (a, b) => choose(a, b, i32.gt(a, b)),
  neg: (a) => i32.sub(intConst(0), a),
  abs: (a) => choose(i32.sub(intConst(0), a), a, i32.lt(a, intConst(0))),
  floor: (a) => a,
  eq: i32.eq,
  lt: i32.lt,
  le: i32.le,
  not: (a) => i32.isZero(a),
  and: i32.and,
  or: i32.or,
  fromBits: (a) => f32.fromBits(a),
  shl: i32.shl,
  shr: i32.shr,
  bitAnd: i32.and,
  bitXor: i32.xor,
};
const lanesInt: Row = {
  add: i32x4.add,
  sub: i32x4.sub,
  mul: i32x4.mul,
  min: i32x4.min,
  max: i32x4.max,
  neg: (a) => i32x4.neg(a),
  abs: (a) => i32x4.abs(a),
  floor: (a) => a,
  eq: i32x4.eq,
  lt: i32x4.lt,
  le: i32x4.le,
  not: (a) => i32x4.eq(a, intsConst(0)),
  fromBits: (a) => a,
  bitAnd: v128.and,
  bitXor: v128.xor,
};
const scalarBool: Row = {
  ...scalarInt,
  add: i32.or,
  mul: i32.and,
  min: i32.and,
  max: i32.or,
};
const lanesBool: Row = {
  add: v128.or,
  mul: v128.and,
  min: v128.and,
  max: v128.or,
  and: v128.and,
  or: v128.or,
  not: (a) => v128.not(a),
  eq: (a, b) => v128.not(v128.xor(a, b)),
  lt: (a, b) => v128.andNot(b, a),
  le: (a, b) => v128.or(v128.not(a), b),
};

const rows: Readonly<Record<DType, Readonly<Record<Lanes, Row>>>> = {
  f32: { 1: scalarFloat, 4: lanesFloat },
  i32: { 1: scalarInt, 4: lanesInt },
  bool: { 1: scalarBool, 4: lanesBool },
};

/** What operands of type `dtype` are combined by; null where it takes more than an instruction or two. */
export const spell = (fn: ScalarFn, dtype: DType, lanes: Lanes): Spell | null =>
  rows[dtype][lanes][fn] ?? null;

export const castCode = (from: DType, to: DType, lanes: Lanes, value: Code): Code => {
  if (from === to) return value;
  if (to === "bool") {
    if (from === "f32")
      return lanes === 1 ? f32.ne(value, floatConst(0)) : f32x4.ne(value, floatsConst(0));
    return lanes === 1 ? i32.ne(value, intConst(0)) : i32x4.ne(value, intsConst(0));
  }
  if (to === "f32") {
    if (from === "bool" && lanes === 4) return v128.and(value, floatsConst(1));
    return lanes === 1 ? f32.fromInt(value) : f32x4.fromInt(value);
  }
  if (from === "bool") return lanes === 1 ? value : v128.and(value, intsConst(1));
  return lanes === 1 ? i32.truncate(value) : i32x4.truncate(value);
};

export const numberCode = (dtype: DType, value: number, lanes: Lanes): Code => {
  if (dtype === "f32") return lanes === 1 ? floatConst(value) : floatsConst(value);
  if (dtype === "i32") return lanes === 1 ? intConst(value) : intsConst(value);
  return lanes === 1 ? intConst(value === 0 ? 0 : 1) : intsConst(value === 0 ? 0 : -1);
};

/** Four lanes of one number. */
export const splat = (dtype: DType, value: Code): Code => {
  if (dtype === "f32") return v128.splatFloat(value);
  return v128.splatInt(dtype === "bool" ? i32.sub(intConst(0), value) : value);
};
