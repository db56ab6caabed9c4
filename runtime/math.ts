// Functions of emitted code: what JavaScript lacks, and what it has as a call out of compiled code that costs more than
// the value. In doubles, to a few units in the last place.

const perTwo = 64;
/** 2^(j / 64). */
const fractions = Float64Array.from({ length: perTwo }, (_, j) => 2 ** (j / perTwo));
/** 2^n for n from -1023 on. */
const powers = Float64Array.from({ length: 2047 }, (_, n) => 2 ** (n - 1023));
/** ln 2 / 64 in two parts: the first has 32 bits, so that whole multiples of it are exact. */
const stepHigh = 0.01083042469326756;
const stepLow = 2.9815858269852933e-12;
/** Added and taken away again it rounds to a whole number. */
const rounding = 1.5 * 2 ** 52;

/** e^x = 2^(k / 64) e^r, |r| below ln 2 / 128, where five terms of the series are exact to 3e-17. */
export const exponential = (x: number): number => {
  if (!(Math.abs(x) < 700)) return Math.exp(x);
  const [parts, scales] = [fractions, powers];
  const k = x * (perTwo / Math.LN2) + rounding - rounding;
  const r = x - k * stepHigh - k * stepLow;
  const whole = k | 0;
  const scale = parts[whole & 63]! * scales[(whole >> 6) + 1023]!;
  return scale + scale * (r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r / 120))));
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
/** t = tanh has t' = 1 - t². */
const tanhPieces = ((): Float64Array => {
  const table = new Float64Array(tanhEnd * perUnit * terms);
  for (let n = 0; n < tanhEnd * perUnit; n++) {
    const t = [Math.tanh(middleOf(n))];
    for (let k = 0; k < terms - 1; k++) {
      const square = t.reduce((sum, a, i) => sum + a * t[k - i]!, 0);
      t.push(((k === 0 ? 1 : 0) - square) / (k + 1));
    }
    table.set(t, n * terms);
  }
  return table;
})();

export const hyperbolicTangent = (x: number): number => {
  const y = Math.abs(x);
  if (!(y < tanhEnd)) return Math.tanh(x);
  if (y < 1 / perUnit) {
    const s = x * x;
    return (
      x * (1 - s * (1 / 3 - s * (2 / 15 - s * (17 / 315 - s * (62 / 2835 - s * (1382 / 155925))))))
    );
  }
  const value = valueIn(tanhPieces, y);
  return x < 0 ? -value : value;
};
