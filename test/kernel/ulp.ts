// How far an f32 is from an exact value, in units of the last place of an f32 there.

/** The distance of neighbours among f32 at y; subnormal ones are 2^-149 apart. */
export const ulpOf = (y: number): number => {
  const size = Math.min(Math.max(Math.abs(y), 2 ** -126), 2 ** 127);
  let exponent = Math.floor(Math.log2(size));
  // The logarithm of a number next to a power of two may be rounded to it.
  if (2 ** exponent > size) exponent--;
  else if (2 ** (exponent + 1) <= size) exponent++;
  return 2 ** (exponent - 23);
};

const top = 2 ** 128;

/** Infinity for a wrong NaN, infinity or sign of 0. The nearest f32 is taken for exact. */
export const errorInUlps = (got: number, want: number): number => {
  const nearest = Math.fround(want);
  if (Object.is(got, nearest)) return 0;
  if (!Number.isFinite(want) || Number.isNaN(got) || (got === 0 && nearest === 0)) return Infinity;
  if (Number.isFinite(got)) return Math.abs(got - want) / ulpOf(want);
  // Infinity for a large number is as far off as the f32 after the largest one would be.
  return got * want > 0 ? (top - Math.abs(want)) / ulpOf(want) : Infinity;
};
