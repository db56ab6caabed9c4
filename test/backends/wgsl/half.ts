// Halves: numbers of 16 bits, as Node has none.

/** The nearest half; of two equally near the even one. */
export const toHalf = (x: number): number => {
  const size = Math.abs(x);
  if (size === 0 || !Number.isFinite(x)) return x;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(size)), -14) - 10);
  const [below, over] = [Math.floor(size / unit), (size / unit) % 1];
  const isUp = over > 0.5 || (over === 0.5 && below % 2 === 1);
  const rounded = (below + (isUp ? 1 : 0)) * unit;
  return Math.sign(x) * (rounded > 65_504 ? Infinity : rounded);
};

const bitsOf = (x: number): number => {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  if (Number.isNaN(x)) return 0x7e00;
  const size = Math.abs(toHalf(x));
  if (size === Infinity) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
};

/** Two to a word, in the first half of as many words. */
export const packHalves = (numbers: readonly number[]): Int32Array => {
  const halves = new Uint16Array(2 * numbers.length);
  halves.set(numbers.map(bitsOf));
  return new Int32Array(halves.buffer);
};
