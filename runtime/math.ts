// Functions of emitted code: what JavaScript lacks, and what it has as a call out of compiled code that costs more than
// the value. They are off by less than 2^-30 of it, so that of what is stored as f32 fewer than one in a
// thousand differs, by a unit in the last place.

const perTwo = 256;
/** 2^(j / 256). */
const fractions = Float64Array.from({ length: perTwo }, (_, j) => 2 ** (j / perTwo));
const lowest = -1023;
const powers = Float64Array.from({ length: 2047 }, (_, n) => 2 ** (n + lowest));
const step = Math.LN2 / perTwo;
/** Terms of e^(step r) where |r| is at most 1/2, with r³ as the line nearest to it. */
const linear = step * (1 + step ** 2 / 32);
const quadratic = step ** 2 / 2;

/** e^x = 2^(k / 256) e^(step r): k is the whole number next to x / step, r what is left. */
export const exponential = (x: number): number => {
  if (!(Math.abs(x) < 700)) return Math.exp(x);
  const steps = x * (1 / step);
  // Above 0, so that what is cut off is a fraction.
  const whole = (steps + (0.5 - lowest * perTwo)) | 0;
  const r = steps - (whole + lowest * perTwo);
  const scale = fractions[whole & (perTwo - 1)]! * powers[whole >> 8]!;
  return scale + scale * (r * (linear + r * quadratic));
};

/** Pieces of an odd function from -end to end: six terms about the middle of each sixteenth, then the middle. */
const perUnit = 16;
const terms = 6;
const words = terms + 1;
const middleOf = (piece: number): number => (piece + 0.5) / perUnit;

/** Of as many pieces as `bits` tell apart: a position cut to them is known to be in the table, and not looked at. */
const oddPieces = (
  end: number,
  bits: number,
  termsAt: (piece: number) => readonly number[],
): Float64Array => {
  const table = new Float64Array((bits + 1) * words);
  const most = end * perUnit;
  for (let n = most; n >= 0; n--) {
    const piece = termsAt(n);
    const middle = n === 0 ? 0 : middleOf(n);
    table.set([...piece, middle], (most + n) * words);
    if (n === most) continue;
    const mirrored = piece.map((a, k) => (k % 2 === 0 ? -a : a));
    table.set([...mirrored, -middle], (most - 1 - n) * words);
  }
  return table;
};

/**
 * The terms next to 0, about 0, so that small values are as exact as large ones and -0 stays -0. `series`: those of x, x^3, x^5 and
 * x^7, of which the last is taken as the lower ones that are nearest to it up to 1 / 16.
 */
const nearZero = (series: readonly number[]): readonly number[] => {
  const nearest = [7, -56, 112].map((c) => c / 64);
  const last = series[3]!;
  return nearest.flatMap((c, k) => [-0, series[k]! + last * c * perUnit ** (2 * k - 6)]);
};

/** Pairs of terms are summed apart: what waits for what is shorter than one sum after the other. */
const valueIn = (table: Float64Array, a: number, x: number): number => {
  const h = x - table[a + terms]!;
  const square = h * h;
  const high = table[a + 3]! + h * table[a + 4]! + square * table[a + 5]!;
  return table[a]! + h * (table[a + 1]! + h * table[a + 2]! + square * high);
};

const erfEnd = 6;
const erfBits = 255;
/** erf' = g has g' = -2 x g. The values are summed from the far end, so that small ones come first. */
const erfPieces = ((): Float64Array => {
  const most = 2 / Math.sqrt(Math.PI);
  const near = nearZero([1, -1 / 3, 1 / 10, -1 / 42].map((a) => most * a));
  let beyond = 0;
  return oddPieces(erfEnd, erfBits, (n) => {
    if (n === 0) return near;
    const c = middleOf(n);
    const slope = [most * Math.exp(-c * c)];
    for (let k = 0; k < 3 * terms; k++)
      slope.push((-2 * (c * slope[k]! + (slope[k - 1] ?? 0))) / (k + 1));
    const rises = slope.map((g, k) => g / (k + 1));
    beyond += rises.reduceRight((sum, a) => (sum + a) / perUnit, 0);
    return [1 - beyond, ...rises.slice(0, terms - 1)];
  });
})();

/** The error function. */
export const erf = (x: number): number => {
  if (!(Math.abs(x) < erfEnd)) return Math.abs(x) >= erfEnd ? Math.sign(x) : x;
  return valueIn(erfPieces, ((x * perUnit + erfEnd * perUnit) & erfBits) * words, x);
};

const tanhEnd = 10;
const tanhBits = 511;
/** t = tanh has t' = 1 - t². */
const tanhPieces = oddPieces(tanhEnd, tanhBits, (n) => {
  if (n === 0) return nearZero([1, -1 / 3, 2 / 15, -17 / 315]);
  const t = [Math.tanh(middleOf(n))];
  for (let k = 0; k < terms - 1; k++) {
    const square = t.reduce((sum, a, i) => sum + a * t[k - i]!, 0);
    t.push(((k === 0 ? 1 : 0) - square) / (k + 1));
  }
  return t;
});

export const hyperbolicTangent = (x: number): number => {
  if (!(Math.abs(x) < tanhEnd)) return Math.tanh(x);
  return valueIn(tanhPieces, ((x * perUnit + tanhEnd * perUnit) & tanhBits) * words, x);
};
