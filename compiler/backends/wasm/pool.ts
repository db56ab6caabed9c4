// Numbers that vectors are filled with, in memory: an engine makes a constant of a vector from parts each time, and
// fills one from a word in one instruction.

import { floatBytes, intBytes } from "./bytes.ts";
import type { Code } from "./bytes.ts";
import { intConst, loadSplat, vectorConst } from "./instructions.ts";

export type Pool = {
  /** Four lanes of a number whose bytes these are. */
  readonly filled: (bytes: readonly number[]) => Code;
  /** All words, from address 0 on. */
  readonly bytes: () => readonly number[];
};

/** Bytes that stand in front of all else; what finds no place there is a constant. */
export const poolBytes = 1024;

export const createPool = (): Pool => {
  const places = new Map<string, number>();
  const all: number[] = [];
  return {
    filled: (bytes) => {
      const key = bytes.join();
      const isZero = bytes.every((byte) => byte === 0);
      if (isZero || (all.length === poolBytes && !places.has(key))) return vectorConst(bytes);
      const known = places.get(key) ?? all.length;
      if (known === all.length) all.push(...bytes);
      places.set(key, known);
      return loadSplat({ base: intConst(0), offset: known });
    },
    bytes: () => all,
  };
};

export const bytesOfNumber = (dtype: "f32" | "i32", value: number): readonly number[] =>
  dtype === "f32" ? floatBytes(value) : intBytes(value);
