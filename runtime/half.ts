// Halves, two to a word, as floats.

/** `count` of them, the lower half of each word first. */
export const floatsOf = (words: Int32Array, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, k) => {
    const bits = words[k >> 1]! >>> (16 * (k % 2));
    const [exponent, rest] = [(bits >> 10) & 31, bits & 1023];
    const size =
      exponent === 31
        ? rest === 0
          ? Infinity
          : NaN
        : (exponent === 0 ? rest / 1024 : 1 + rest / 1024) * 2 ** (Math.max(exponent, 1) - 15);
    return (bits & 0x8000) === 0 ? size : -size;
  });
