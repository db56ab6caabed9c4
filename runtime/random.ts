// Counter-based random numbers: (seed, stream, draw number, element) → the same bits on every backend.

/**
 * One 32-bit word (lane 0 or 1, as a signed integer) of Threefry2x32-20.
 * Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11.
 */
export const threefryWord = (
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  lane: number,
): number => {
  let a = key0 | 0;
  let b = key1 | 0;
  let c = a ^ b ^ 0x1bd11bda;
  let x = (counter0 + a) | 0;
  let y = (counter1 + b) | 0;
  for (let group = 1; group <= 5; group++) {
    if (group % 2 === 1) {
      x = (x + y) | 0;
      y = ((y << 13) | (y >>> 19)) ^ x;
      x = (x + y) | 0;
      y = ((y << 15) | (y >>> 17)) ^ x;
      x = (x + y) | 0;
      y = ((y << 26) | (y >>> 6)) ^ x;
      x = (x + y) | 0;
      y = ((y << 6) | (y >>> 26)) ^ x;
    } else {
      x = (x + y) | 0;
      y = ((y << 17) | (y >>> 15)) ^ x;
      x = (x + y) | 0;
      y = ((y << 29) | (y >>> 3)) ^ x;
      x = (x + y) | 0;
      y = ((y << 16) | (y >>> 16)) ^ x;
      x = (x + y) | 0;
      y = ((y << 24) | (y >>> 8)) ^ x;
    }
    const first = a;
    a = b;
    b = c;
    c = first;
    x = (x + a) | 0;
    y = (y + b + group) | 0;
  }
  return lane === 0 ? x : y;
};

/** FNV-1a of the UTF-8 bytes, 64 bits, as the low and the high word. */
export const fnv1a64 = (text: string): readonly [lo: number, hi: number] => {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return [Number(hash & 0xffffffffn) | 0, Number(hash >> 32n) | 0];
};

/** The two words of a seed: a whole number from 0 to 2^53 - 1. */
export const splitSeed = (seed: number): readonly [lo: number, hi: number] => [
  seed | 0,
  Math.floor(seed / 0x100000000) | 0,
];

/** The key of a named stream under a seed. */
export const streamKey = (
  stream: string,
  seedLo: number,
  seedHi: number,
): readonly [key0: number, key1: number] => {
  const [lo, hi] = fnv1a64(stream);
  return [threefryWord(seedLo, seedHi, lo, hi, 0), threefryWord(seedLo, seedHi, lo, hi, 1)];
};

/** In [0, 1), a multiple of 2^-24: exact in f32. Element `element` of draw `n`. */
export const uniformAt = (key0: number, key1: number, n: number, element: number): number =>
  (threefryWord(key0, key1, element >>> 1, n, element & 1) >>> 8) / 0x1000000;

/** Standard normal, in doubles: Box-Muller of the pair that the element belongs to. */
export const normalAt = (key0: number, key1: number, n: number, element: number): number => {
  const first = uniformAt(key0, key1, n, element & ~1);
  const angle = 2 * Math.PI * uniformAt(key0, key1, n, element | 1);
  // 1 - u lies in (0, 1], so its logarithm is finite.
  const radius = Math.sqrt(-2 * Math.log(1 - first));
  return radius * ((element & 1) === 0 ? Math.cos(angle) : Math.sin(angle));
};

/** A random order of 0 .. count-1 (Fisher-Yates; words that would favour low positions are redrawn). */
export const permutation = (count: number, key0: number, key1: number, n: number): Uint32Array => {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  let drawn = 0;
  for (let i = count - 1; i > 0; i--) {
    const choices = i + 1;
    const limit = 0x100000000 - (0x100000000 % choices);
    let word: number;
    do {
      word = threefryWord(key0, key1, drawn >>> 1, n, drawn & 1) >>> 0;
      drawn++;
    } while (word >= limit);
    const j = word % choices;
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
  return order;
};
