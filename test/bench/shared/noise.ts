// Numbers that are the same in every run.

/** Uniform in -1 .. 1, or in 0 .. 1. */
export const noise = (count: number, seed = 1, from = -1): Float32Array => {
  const list = new Float32Array(count);
  const width = (1 - from) / 2147483647;
  let state = seed * 7919 + 1;
  for (let i = 0; i < count; i++) {
    state = (state * 48271) % 2147483647;
    list[i] = from + width * state;
  }
  return list;
};

/** Whole numbers in 0 .. below - 1. */
export const wholeNumbers = (count: number, below: number, seed = 1): Int32Array =>
  Int32Array.from(noise(count, seed, 0), (value) => Math.min(below - 1, Math.floor(value * below)));

/** Positions of an array: some, the first and the last among them. */
export const somePositions = (length: number, count = 64): readonly number[] => {
  const inner = noise(count, 17, 0);
  const all = [0, length - 1, ...Array.from(inner, (u) => Math.floor(u * (length - 1)))];
  return [...new Set(all)];
};
