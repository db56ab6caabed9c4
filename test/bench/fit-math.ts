// Finds the coefficients in compiler/kernel/math: polynomials and quotients of polynomials with the least largest
// error, rounded to f32.

import { erf } from "../../compiler/kernel/erf.ts";

type Real = (x: number) => number;

/** Σ c_k x^powers[k] is to be `target` on `from` .. `to`; `weight` says how much an error counts. */
type Fit = {
  readonly target: Real;
  readonly weight: Real;
  readonly powers: readonly number[];
  readonly from: number;
  readonly to: number;
};

const points = (from: number, to: number, count = 1000): readonly number[] =>
  Array.from(
    { length: count },
    (_, k) => (from + to) / 2 - ((to - from) / 2) * Math.cos((Math.PI * (k + 0.5)) / count),
  );

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** The c with the least Σ (Σ c_k columns[k] - wanted)², by orthogonal columns (Gram-Schmidt, twice for accuracy). */
const leastSquares = (
  columns: readonly (readonly number[])[],
  wanted: readonly number[],
): readonly number[] => {
  const bases: number[][] = [];
  const upper: number[][] = [];
  let rest = [...wanted];
  const sides: number[] = [];
  for (const column of columns) {
    let left = [...column];
    const shares = bases.map(() => 0);
    for (let pass = 0; pass < 2; pass++)
      for (const [k, base] of bases.entries()) {
        const share = dot(base, left);
        shares[k]! += share;
        left = left.map((v, i) => v - share * base[i]!);
      }
    const length = Math.sqrt(dot(left, left));
    const base = left.map((v) => v / length);
    const side = dot(base, rest);
    rest = rest.map((v, i) => v - side * base[i]!);
    bases.push(base);
    upper.push([...shares, length]);
    sides.push(side);
  }
  const solution = sides.map(() => 0);
  for (let k = sides.length - 1; k >= 0; k--) {
    const known = upper
      .slice(k + 1)
      .reduce((sum, shares, j) => sum + shares[k]! * solution[k + 1 + j]!, 0);
    solution[k] = (sides[k]! - known) / upper[k]![k]!;
  }
  return solution;
};

type Solution = { readonly coefficients: readonly number[]; readonly error: number };

/**
 * Lawson's iteration: least squares in which a point counts more the larger its error was tend to the least largest
 * error. `columnsOf` and `errorsOf` may depend on the solution before.
 */
const lawson = (
  count: number,
  rounds: number,
  step: (shares: readonly number[]) => {
    readonly coefficients: readonly number[];
    readonly errors: readonly number[];
  },
): Solution => {
  let shares: readonly number[] = Array.from({ length: count }, () => 1 / count);
  let best: Solution = { coefficients: [], error: Infinity };
  for (let round = 0; round < rounds; round++) {
    const { coefficients, errors } = step(shares);
    const error = Math.max(...errors);
    if (error < best.error) best = { coefficients, error };
    const total = dot(errors, shares);
    shares = shares.map((share, i) => (share * errors[i]!) / total);
  }
  return best;
};

const polynomial = ({ target, weight, powers, from, to }: Fit): Solution => {
  const grid = points(from, to);
  const wanted = grid.map((x) => weight(x) * target(x));
  // Powers of x / to, so that the columns are of one size.
  const columns = powers.map((p) => grid.map((x) => weight(x) * (x / to) ** p));
  return lawson(grid.length, 200, (shares) => {
    const roots = shares.map(Math.sqrt);
    const scaled = leastSquares(
      columns.map((column) => column.map((v, i) => v * roots[i]!)),
      wanted.map((v, i) => v * roots[i]!),
    );
    const errors = wanted.map((v, i) =>
      Math.abs(v - columns.reduce((sum, c, k) => sum + c[i]! * scaled[k]!, 0)),
    );
    return { coefficients: scaled.map((c, k) => c / to ** powers[k]!), errors };
  });
};

/** The denominator 1 + Σ q_k x^2k of the best quotient x P(x²) / Q(x²); an estimate of Q makes each step linear. */
const denominator = (target: Real, above: number, below: number, to: number): readonly number[] => {
  const grid = points(0, to);
  const values = grid.map(target);
  const squares = grid.map((x) => (x / to) ** 2);
  const order = (n: number): readonly number[] => Array.from({ length: n }, (_, k) => k);
  let q: readonly number[] = grid.map(() => 1);
  const { coefficients } = lawson(grid.length, 600, (shares) => {
    const weights = grid.map((_, i) => Math.sqrt(shares[i]!) / (q[i]! * values[i]!));
    const all = leastSquares(
      [
        ...order(above).map((k) => grid.map((x, i) => weights[i]! * x * squares[i]! ** k)),
        ...order(below).map((k) =>
          grid.map((_, i) => -weights[i]! * values[i]! * squares[i]! ** (k + 1)),
        ),
      ],
      grid.map((_, i) => weights[i]! * values[i]!),
    );
    const lower = all.slice(above);
    q = squares.map((z) => 1 + lower.reduce((sum, c, k) => sum + c * z ** (k + 1), 0));
    const errors = grid.map((x, i) => {
      const p = all.slice(0, above).reduce((sum, c, k) => sum + c * x * squares[i]! ** k, 0);
      return Math.abs(p / q[i]! / values[i]! - 1);
    });
    return { coefficients: lower, errors };
  });
  return [1, ...coefficients.map((c, k) => Math.fround(c / to ** (2 * k + 2)))];
};

/** Coefficients are rounded one after the other, and those that are left make up for it. */
const rounded = (fit: Fit): Solution => {
  const [first, ...rest] = fit.powers;
  if (first === undefined) {
    const errors = points(fit.from, fit.to).map((x) => Math.abs(fit.weight(x) * fit.target(x)));
    return { coefficients: [], error: Math.max(...errors) };
  }
  const c = Math.fround(polynomial(fit).coefficients[0]!);
  const left = rounded({ ...fit, powers: rest, target: (x) => fit.target(x) - c * x ** first });
  return { coefficients: [c, ...left.coefficients], error: left.error };
};

const show = (name: string, { coefficients, error }: Solution): void =>
  console.log(`${name} (${error.toExponential(1)}): ${coefficients.join(", ")}`);

const powers = (count: number, step = 1, start = 0): readonly number[] =>
  Array.from({ length: count }, (_, k) => start + k * step);

const odd = (count: number): readonly number[] => powers(count, 2);
const half = (Math.LN2 / 2) * 1.001;
const quarter = (Math.PI / 4) * 1.001;
/** Where the quotients of differences below would be noise. */
const tiny = 1e-3;

show(
  "exp",
  rounded({
    target: (r) => (Math.expm1(r) - r) / r ** 2,
    weight: (r) => r ** 2 * Math.exp(-r),
    powers: powers(5),
    from: -half,
    to: half,
  }),
);
show(
  "expm1",
  rounded({
    target: (r) => (Math.expm1(r) - r) / r ** 2,
    weight: (r) => r ** 2 / Math.abs(Math.expm1(r)),
    powers: powers(5),
    from: -half,
    to: half,
  }),
);
show(
  "log",
  rounded({
    target: (f) => (Math.log1p(f) - f) / f ** 2,
    weight: (f) => f ** 2 / Math.abs(Math.log1p(f)),
    powers: powers(8),
    from: -1 / 3,
    to: 1 / 3,
  }),
);
show(
  "pow",
  rounded({
    target: (f) => (Math.log1p(f) - f + f ** 2 / 2) / f ** 3,
    weight: (f) => Math.abs(f ** 3 / Math.log1p(f)),
    powers: powers(8),
    from: -1 / 3,
    to: 1 / 3,
  }),
);
show(
  "sin",
  rounded({
    target: (r) => (Math.sin(r) - r) / r ** 3,
    weight: (r) => r ** 3 / Math.sin(r),
    powers: odd(3),
    from: tiny,
    to: quarter,
  }),
);
show(
  "cos",
  rounded({
    target: (r) => (Math.cos(r) - 1) / r ** 2,
    weight: (r) => r ** 2 / Math.cos(r),
    powers: odd(3),
    from: tiny,
    to: quarter,
  }),
);
show(
  "atan",
  rounded({
    target: (t) => (Math.atan(t) - t) / t ** 3,
    weight: (t) => t ** 3 / Math.atan(t),
    powers: odd(8),
    from: tiny,
    to: 1,
  }),
);

const below = denominator(erf, 6, 5, 3.93);
const q: Real = (x) => below.reduce((sum, c, k) => sum + c * x ** (2 * k), 0);
show(
  "erf, numerator",
  rounded({
    target: (x) => (erf(x) - x / 4) * q(x),
    weight: (x) => 1 / (erf(x) * q(x)),
    powers: powers(6, 2, 1),
    from: 0,
    to: 3.93,
  }),
);
console.log(`erf, denominator: ${below.join(", ")}`);
