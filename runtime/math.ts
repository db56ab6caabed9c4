// Functions of emitted code that JavaScript lacks.

/** Evaluates a polynomial, highest power first. */
const polynomial = (x: number, coefficients: readonly number[]): number => {
  let sum = 0;
  for (let k = 0; k < coefficients.length; k++) sum = sum * x + coefficients[k]!;
  return sum;
};

/** The error function, to a few units in the last place of a double. */
export const erf = (x: number): number => {
  const size = Math.abs(x);
  if (!(size < 6)) return Number.isNaN(x) ? NaN : Math.sign(x);
  if (size < 2) return series(x);
  const value = 1 - complement(size);
  return x < 0 ? -value : value;
};

/** 2/√π · Σ (-1)^n x^(2n+1) / (n! (2n+1)): below 2 its terms cancel two digits at most. */
const taylor: readonly number[] = Array.from({ length: 38 }, (_, k) => {
  const n = 37 - k;
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return ((n % 2 === 0 ? 1 : -1) * 2) / (Math.sqrt(Math.PI) * factorial * (2 * n + 1));
});

const series = (x: number): number => x * polynomial(x * x, taylor);

/** erfc(x) = exp(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), from the inside out. */
const complement = (x: number): number => {
  let tail = x;
  for (let n = Math.ceil(12 + 120 / (x * x)); n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
};
