// The error function to double precision.

/** 2/√π · ∫ exp(-t²) from 0 to x; relative error a few units in the last place. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const size = Math.abs(x);
  const value = size < 3 ? erfBySeries(size) : 1 - erfcByFraction(size);
  return x < 0 ? -value : x === 0 ? x : value;
}

/** 2/√π · exp(-x²) · Σ 2^n x^(2n+1) / (1·3·5…(2n+1)): all terms positive, so nothing cancels. */
function erfBySeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 2 ** -54; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc(x) = exp(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), from the inside out. */
function erfcByFraction(x: number): number {
  if (x > 6) return 0;
  let tail = x;
  for (let n = 60; n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}
