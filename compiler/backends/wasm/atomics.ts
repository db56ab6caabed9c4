// Instructions on memory that threads share, and on variables of an instance, which are of one thread.

import { unsigned } from "./bytes.ts";
import type { Code } from "./bytes.ts";
import { intConst } from "./instructions.ts";
import type { At } from "./instructions.ts";

/** A variable of the instance, by its position. */
export const globalGet = (position: number): Code => [0x23, unsigned(position)];
export const globalSet = (position: number, value: Code): Code => [value, 0x24, unsigned(position)];

const drop = 0x1a;

const atomic = (opcode: number, { base, offset }: At, operands: readonly Code[]): Code => [
  base,
  operands,
  [0xfe, opcode, 2, unsigned(offset)],
];

export const atomicLoad = (at: At): Code => atomic(0x10, at, []);
export const atomicStore = (at: At, value: Code): Code => atomic(0x17, at, [value]);
/** Leaves the sum. */
export const atomicAdd = (at: At, by: number): Code => [
  atomic(0x1e, at, [intConst(by)]),
  intConst(by),
  0x6a,
];
/** Sleeps until somebody wakes it, unless the word is another already. */
export const sleepWhile = (at: At, value: Code): Code => [
  atomic(0x01, at, [value, [0x42, 0x7f]]),
  drop,
];
export const wakeAll = (at: At): Code => [atomic(0x00, at, [intConst(-1)]), drop];
