// Instructions of WebAssembly: each takes the code of its operands and gives the code that leaves its result.

import { floatBytes, intBytes, marked, signed, unsigned } from "./bytes.ts";
import type { Code } from "./bytes.ts";

export type ValueType = "i32" | "f32" | "v128";

/** A parameter or local variable of a function, by its position. */
export type Local = { readonly type: ValueType; readonly at: number };

export const typeByte: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };
const nothing = 0x40;

export const get = ({ at }: Local): Code => [0x20, unsigned(at)];
export const set = ({ at }: Local, value: Code): Code => [value, 0x21, unsigned(at)];
export const tee = ({ at }: Local, value: Code): Code => [value, 0x22, unsigned(at)];

export const intConst = (value: number): Code => [0x41, signed(value | 0)];
export const floatConst = (value: number): Code => [0x43, floatBytes(value)];

/** An instruction without operands in its code: those of scalars have a byte, those of vectors a prefix. */
export const plain =
  (opcode: number) =>
  (...operands: readonly Code[]): Code => [operands, opcode];
export const vector =
  (opcode: number) =>
  (...operands: readonly Code[]): Code => [operands, 0xfd, unsigned(opcode)];

export const i32 = {
  isZero: plain(0x45),
  eq: plain(0x46),
  ne: plain(0x47),
  lt: plain(0x48),
  ltUnsigned: plain(0x49),
  gt: plain(0x4a),
  le: plain(0x4c),
  ge: plain(0x4e),
  add: plain(0x6a),
  sub: plain(0x6b),
  mul: plain(0x6c),
  div: plain(0x6d),
  divUnsigned: plain(0x6e),
  rem: plain(0x6f),
  remUnsigned: plain(0x70),
  and: plain(0x71),
  or: plain(0x72),
  xor: plain(0x73),
  shl: plain(0x74),
  shr: plain(0x75),
  /** Of the bits of an f32. */
  fromFloat: plain(0xbc),
  /** Toward zero and saturating; NaN is 0. */
  truncate: (value: Code): Code => [value, 0xfc, 0x00],
} as const;

export const f32 = {
  eq: plain(0x5b),
  ne: plain(0x5c),
  lt: plain(0x5d),
  gt: plain(0x5e),
  le: plain(0x5f),
  abs: plain(0x8b),
  neg: plain(0x8c),
  floor: plain(0x8e),
  sqrt: plain(0x91),
  add: plain(0x92),
  sub: plain(0x93),
  mul: plain(0x94),
  /** (a, b, c): a * b + c, each rounded */
  mulAdd: (a: Code, b: Code, c: Code): Code => [a, b, 0x94, c, 0x92],
  div: plain(0x95),
  min: plain(0x96),
  max: plain(0x97),
  fromInt: plain(0xb2),
  fromBits: plain(0xbe),
} as const;

/** Of four 32-bit lanes. A mask has all bits of a lane, or none. */
export const v128 = {
  not: vector(0x4d),
  and: vector(0x4e),
  /** a and not b */
  andNot: vector(0x4f),
  or: vector(0x50),
  xor: vector(0x51),
  /** (a, b, mask): a where the mask is set. */
  select: vector(0x52),
  anyTrue: vector(0x53),
  splatInt: vector(0x11),
  splatFloat: vector(0x13),
} as const;

export const i32x4 = {
  eq: vector(0x37),
  ne: vector(0x38),
  lt: vector(0x39),
  le: vector(0x3d),
  ge: vector(0x3f),
  gt: vector(0x3b),
  allTrue: vector(0xa3),
  abs: vector(0xa0),
  neg: vector(0xa1),
  shl: vector(0xab),
  shr: vector(0xac),
  add: vector(0xae),
  sub: vector(0xb1),
  mul: vector(0xb5),
  min: vector(0xb6),
  max: vector(0xb8),
  truncate: vector(0xf8),
} as const;

export const f32x4 = {
  eq: vector(0x41),
  ne: vector(0x42),
  lt: vector(0x43),
  gt: vector(0x44),
  le: vector(0x45),
  abs: vector(0xe0),
  neg: vector(0xe1),
  sqrt: vector(0xe3),
  floor: vector(0x68),
  add: vector(0xe4),
  sub: vector(0xe5),
  mul: vector(0xe6),
  div: vector(0xe7),
  min: vector(0xe8),
  max: vector(0xe9),
  /** (a, b): b where it is less, else a, as where one is NaN. */
  lesser: vector(0xea),
  /** (a, b): b where a is less, else a. */
  greater: vector(0xeb),
  fromInt: vector(0xfa),
} as const;

/** a * b + c of four lanes, marked: an engine may be given one instruction for both, as `runtime/hosts/fuse.ts` does. */
export const mulAdd = (a: Code, b: Code, c: Code): Code => [
  [a, b, [marked | 0xfd, unsigned(0xe6)]],
  [c, [marked | 0xfd, unsigned(0xe4)]],
];

/** (a, b): four 32-bit lanes out of the eight of both. */
export const shuffle = (a: Code, b: Code, lanes: readonly number[]): Code => [
  a,
  b,
  0xfd,
  0x0d,
  lanes.map((k) => [0, 1, 2, 3].map((byte) => 4 * k + byte)),
];

export const lane = (type: "f32" | "i32", value: Code, at: number): Code => [
  value,
  0xfd,
  type === "f32" ? 0x1f : 0x1b,
  at,
];
export const withLane = (type: "f32" | "i32", value: Code, at: number, one: Code): Code => [
  value,
  one,
  0xfd,
  type === "f32" ? 0x20 : 0x1c,
  at,
];

/** Four equal lanes. */
export const vectorConst = (bytes: readonly number[]): Code => [
  0xfd,
  0x0c,
  bytes,
  bytes,
  bytes,
  bytes,
];
export const floatsConst = (value: number): Code => vectorConst(floatBytes(value));
export const intsConst = (value: number): Code => vectorConst(intBytes(value));
/** 0, 1, 2, 3 */
export const laneNumbers: Code = [0xfd, 0x0c, [0, 1, 2, 3].map(intBytes)];

/** Where a word lies: an address in bytes, and so many bytes behind it. */
export type At = { readonly base: Code; readonly offset: number };

/** All words lie at multiples of 4 bytes. */
const aligned = ({ offset }: At): Code => [2, unsigned(offset)];

export const load = (type: ValueType, at: At): Code =>
  type === "v128"
    ? [at.base, 0xfd, 0x00, aligned(at)]
    : [at.base, type === "f32" ? 0x2a : 0x28, aligned(at)];
export const loadSplat = (at: At): Code => [at.base, 0xfd, 0x09, aligned(at)];
export const loadLane = (at: At, into: Code, k: number): Code => [
  at.base,
  into,
  0xfd,
  0x56,
  aligned(at),
  k,
];
export const store = (type: ValueType, at: At, value: Code): Code =>
  type === "v128"
    ? [at.base, value, 0xfd, 0x0b, aligned(at)]
    : [at.base, value, type === "f32" ? 0x38 : 0x36, aligned(at)];
export const storeLane = (at: At, value: Code, k: number): Code => [
  at.base,
  value,
  0xfd,
  0x5a,
  aligned(at),
  k,
];

/** (a, b, condition): a where the condition is not 0. Both are computed. */
export const choose = (a: Code, b: Code, condition: Code): Code => [a, b, condition, 0x1b];

/** One side is computed. */
export const branch = (type: ValueType, condition: Code, then: Code, otherwise: Code): Code => [
  condition,
  [0x04, typeByte[type]],
  then,
  0x05,
  otherwise,
  0x0b,
];
export const when = (condition: Code, then: Code): Code => [condition, [0x04, nothing], then, 0x0b];

export const whenElse = (condition: Code, then: Code, otherwise: Code): Code => [
  condition,
  [0x04, nothing],
  then,
  0x05,
  otherwise,
  0x0b,
];

/** Runs the body at least once, and again as long as the condition behind it holds. */
export const repeat = (body: Code, again: Code): Code => [
  [0x03, nothing],
  body,
  again,
  [0x0d, 0],
  0x0b,
];

export const leave: Code = 0x0f;
export const call = (index: number, args: readonly Code[]): Code => [args, 0x10, unsigned(index)];
