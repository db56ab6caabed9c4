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

/** Pieces of a function between 0 and where it hardly differs from 1: polynomials about the middle of each sixteenth. */
const perUnit = 16;
const terms = 10;
const middleOf = (piece: number): number => (piece + 0.5) / perUnit;

const valueIn = (pieces: Float64Array, y: number): number => {
  const n = Math.floor(y * perUnit);
  const h = y - middleOf(n);
  const a = (n * terms) | 0;
  return (
    pieces[a]! +
    h *
      (pieces[a + 1]! +
        h *
          (pieces[a + 2]! +
            h *
              (pieces[a + 3]! +
                h *
                  (pieces[a + 4]! +
                    h *
                      (pieces[a + 5]! +
                        h *
                          (pieces[a + 6]! +
                            h * (pieces[a + 7]! + h * (pieces[a + 8]! + h * pieces[a + 9]!))))))))
  );
};

const erfEnd = 6;
/** erf' = g has g' = -2 x g. The values are summed from the far end, so that small ones come first. */
const erfPieces = ((): Float64Array => {
  const table = new Float64Array(erfEnd * perUnit * terms);
  let beyond = 0;
  for (let n = erfEnd * perUnit - 1; n >= 0; n--) {
    const c = middleOf(n);
    const slope = [(2 / Math.sqrt(Math.PI)) * Math.exp(-c * c)];
    for (let k = 0; k < 2 * terms; k++)
      slope.push((-2 * (c * slope[k]! + (slope[k - 1] ?? 0))) / (k + 1));
    const rises = slope.map((g, k) => g / (k + 1));
    beyond += rises.reduceRight((sum, a) => (sum + a) / perUnit, 0);
    table.set([1 - beyond, ...rises.slice(0, terms - 1)], n * terms);
  }
  return table;
})();

/** The error function: near 0 by its series, so that small values are as exact as large ones. */
export const erf = (x: number): number => {
  const y = Math.abs(x);
  if (!(y < erfEnd)) return y >= erfEnd ? Math.sign(x) : x;
  if (y < 1 / perUnit) {
    const s = x * x;
    return (
      (2 / Math.sqrt(Math.PI)) *
      x *
      (1 - s * (1 / 3 - s * (1 / 10 - s * (1 / 42 - s * (1 / 216 - s / 1320)))))
    );
  }
  const value = valueIn(erfPieces, y);
  return x < 0 ? -value : value;
};

const tanhEnd = 10;
/** The terms of a piece and its middle. */
const tanhWords = terms + 1;
/** As many pieces as nine bits tell apart: a position cut to them is known to be in the table, and not looked at. */
const tanhBits = 511;

/** Odd terms about 0, so that -0 stays -0; the last one, of x^11, as the lower ones that are nearest to it up to 1 / 16. */
const tanhNearZero = ((): readonly number[] => {
  const series = [1, -1 / 3, 2 / 15, -17 / 315, 62 / 2835];
  const nearest = [11, -220, 1232, -2816, 2816].map((c) => c / 1024);
  const last = -1382 / 155925;
  return series.flatMap((a, k) => [-0, a + last * nearest[k]! * perUnit ** (2 * k - 10)]);
})();

/** Of both signs. t = tanh has t' = 1 - t². The two pieces next to 0 are about 0, so that small values are as exact as large ones. */
const tanhPieces = ((): Float64Array => {
  const table = new Float64Array((tanhBits + 1) * tanhWords);
  const most = tanhEnd * perUnit;
  for (let n = -most; n <= most; n++) {
    const t = [Math.tanh(middleOf(n))];
    for (let k = 0; k < terms - 1; k++) {
      const square = t.reduce((sum, a, i) => sum + a * t[k - i]!, 0);
      t.push(((k === 0 ? 1 : 0) - square) / (k + 1));
    }
    const isNear = n === -1 || n === 0;
    const piece = isNear ? [...tanhNearZero, 0] : [...t, middleOf(n)];
    table.set(piece, (n + most) * tanhWords);
  }
  return table;
})();

export const hyperbolicTangent = (x: number): number => {
  if (!(Math.abs(x) < tanhEnd)) return Math.tanh(x);
  const table = tanhPieces;
  const a = ((x * perUnit + tanhEnd * perUnit) & tanhBits) * tanhWords;
  const h = x - table[a + terms]!;
  const h2 = h * h;
  const h4 = h2 * h2;
  const low = table[a + 1]! + h * table[a + 2]! + h2 * (table[a + 3]! + h * table[a + 4]!);
  const high = table[a + 5]! + h * table[a + 6]! + h2 * (table[a + 7]! + h * table[a + 8]!);
  return table[a]! + h * (low + h4 * (high + h4 * table[a + 9]!));
};
