// Numbers for kernels that are to be timed: floats from 0.25 to 1, of which every function is finite and no sum cancels;
// whole numbers are 0, which every index may be.

/** `half`: f16, two to a word, where a device has that, else f32. */
export type WordKind = "f32" | "half" | "whole";

/** Fills `count` words from `start` on; halves take as many, and use half of them. Each of `turn` begins with others. */
export type Fill = (
  words: Int32Array,
  start: number,
  count: number,
  kind: WordKind,
  turn: number,
) => void;

/** A prime: rows of a tensor do not begin alike. */
const period = 65_521;

export const createFill = (hasHalves: boolean): Fill => {
  const floats = drawn(floatBits);
  const halves = hasHalves ? drawn(twoHalves) : floats;
  return (words, start, count, kind, turn) => {
    if (kind === "whole") {
      words.fill(0, start, start + count);
      return;
    }
    const from = kind === "half" ? halves : floats;
    let at = (turn * 7919) % period;
    for (let done = 0; done < count; at = 0) {
      const length = Math.min(count - done, period - at);
      words.set(from.subarray(at, at + length), start + done);
      done += length;
    }
  };
};

/** 32 random bits to each word, of which the upper ones are better. */
const drawn = (bitsOf: (random: number) => number): Int32Array => {
  let random = 1;
  return Int32Array.from({ length: period }, () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return bitsOf(random);
  });
};

/** One of the exponents of 0.25 and 0.5, and any mantissa. */
const floatBits = (random: number): number =>
  ((125 + (random >>> 31)) << 23) | ((random >>> 8) & 0x7fffff);
const halfBits = (random: number): number =>
  ((13 + (random >>> 31)) << 10) | ((random >>> 21) & 0x3ff);
const twoHalves = (random: number): number =>
  halfBits(random) | (halfBits(Math.imul(random, 0x9e3779b1) >>> 0) << 16);
