// Functions of emitted code: what JavaScript lacks, and what it has as a call out of compiled code that costs more than
// the value. In doubles, to a few units in the last place.

const perTwo = 256;
/** 2^(j / 256). */
const fractions = Float64Array.from({ length: perTwo }, (_, j) => 2 ** (j / perTwo));
/** 2^n for n from -1023 on. */
const powers = Float64Array.from({ length: 2047 }, (_, n) => 2 ** (n - 1023));
/** ln 2 / 256 in two parts: the first has 32 bits, so that whole multiples of it are exact. */
const stepHigh = 0.01083042469326756 / 4;
const stepLow = 2.9815858269852933e-12 / 4;
/** Added and taken away again it rounds to a whole number. */
const rounding = 1.5 * 2 ** 52;

/**
 * e^x = 2^(k / 256) e^r, |r| below ln 2 / 512, where four terms of the series are exact to 4e-17. Pairs of terms are summed
 * apart: what waits for what is shorter than one sum after the other.
 */
export const exponential = (x: number): number => {
  if (!(Math.abs(x) < 700)) return Math.exp(x);
  const [parts, scales] = [fractions, powers];
  const k = x * (perTwo / Math.LN2) + rounding - rounding;
  const r = x - k * stepHigh - k * stepLow;
  const whole = k | 0;
  const scale = parts[whole & 255]! * scales[(whole >> 8) + 1023]!;
  const square = r * r;
  return scale + scale * (r + square * (1 / 2 + r * (1 / 6) + square * (1 / 24)));
};

/** Pieces of an odd function from -end to end: ten terms about the middle of each sixteenth, then the middle. */
const perUnit = 16;
const terms = 10;
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
 * The terms next to 0, about 0, so that small values are as exact as large ones and -0 stays -0. `series`: those of x, x^3 … x^11,
 * of which the last is taken as the lower ones that are nearest to it up to 1 / 16.
 */
const nearZero = (series: readonly number[]): readonly number[] => {
  const nearest = [11, -220, 1232, -2816, 2816].map((c) => c / 1024);
  const last = series[5]!;
  return nearest.flatMap((c, k) => [-0, series[k]! + last * c * perUnit ** (2 * k - 10)]);
};

/** Pairs of terms are summed apart, as above. */
const valueIn = (table: Float64Array, a: number, x: number): number => {
  const h = x - table[a + terms]!;
  const h2 = h * h;
  const h4 = h2 * h2;
  const low = table[a + 1]! + h * table[a + 2]! + h2 * (table[a + 3]! + h * table[a + 4]!);
  const high = table[a + 5]! + h * table[a + 6]! + h2 * (table[a + 7]! + h * table[a + 8]!);
  return table[a]! + h * (low + h4 * (high + h4 * table[a + 9]!));
};

const erfEnd = 6;
const erfBits = 255;
/** erf' = g has g' = -2 x g. The values are summed from the far end, so that small ones come first. */
const erfPieces = ((): Float64Array => {
  const most = 2 / Math.sqrt(Math.PI);
  const near = nearZero([1, -1 / 3, 1 / 10, -1 / 42, 1 / 216, -1 / 1320].map((a) => most * a));
  let beyond = 0;
  return oddPieces(erfEnd, erfBits, (n) => {
    if (n === 0) return near;
    const c = middleOf(n);
    const slope = [most * Math.exp(-c * c)];
    for (let k = 0; k < 2 * terms; k++)
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
  if (n === 0) return nearZero([1, -1 / 3, 2 / 15, -17 / 315, 62 / 2835, -1382 / 155925]);
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
