// What is stated of each transcendental function as kernel expressions: its error, and how many operations it takes.

import { int } from "../../compiler/kernel/build.ts";
import type { Expr } from "../../compiler/kernel/expr.ts";
import { unary } from "../../compiler/kernel/math/expansions.ts";
import { radius, sineOfTurn } from "../../compiler/kernel/math/normal.ts";
import { scalarOf } from "../../compiler/kernel/scalar.ts";

export type MathCase = {
  readonly name: string;
  readonly expand: (x: Expr) => Expr;
  readonly exact: (x: number) => number;
  /** f(-x) is f(x), or -f(x), exactly. */
  readonly symmetry: "even" | "odd" | null;
  /** Largest error where |x| ≤ `upTo`, in units of the last place. */
  readonly ulps: number;
  readonly upTo: number;
  readonly operations: number;
};

type Row = Pick<MathCase, "ulps" | "operations" | "symmetry"> & { readonly upTo?: number };

const rows: Record<keyof typeof unary, Row> = {
  exp: { ulps: 1.3, operations: 30, symmetry: null },
  expm1: { ulps: 1.7, operations: 30, symmetry: null },
  log: { ulps: 1.2, operations: 35, symmetry: null },
  log1p: { ulps: 2, operations: 34, symmetry: null },
  sin: { ulps: 2.5, operations: 38, symmetry: "odd", upTo: 2 ** 13 },
  cos: { ulps: 2.5, operations: 36, symmetry: "even", upTo: 2 ** 13 },
  atan: { ulps: 2, operations: 27, symmetry: "odd" },
  erf: { ulps: 4.1, operations: 32, symmetry: "odd" },
  tanh: { ulps: 2.7, operations: 35, symmetry: "odd" },
  sigmoid: { ulps: 2.5, operations: 28, symmetry: null },
};

export const mathCases: readonly MathCase[] = Object.entries(rows).map(([name, row]) => {
  const fn = name as keyof typeof unary;
  const exact = scalarOf(fn, "f32");
  return { upTo: Infinity, ...row, name, expand: unary[fn], exact: (x) => exact(x, 0, 0, 0) };
});

/** The two factors of a normal draw, for u = 0, 2^-24, 2 · 2^-24 … */
export const normalCases = {
  radius: { expand: radius, exact: (u: number) => Math.sqrt(-2 * Math.log(1 - u)), ulps: 2.5 },
  sine: {
    expand: (u: Expr) => sineOfTurn(u, int(0)),
    exact: (u: number) => Math.sin(2 * Math.PI * u),
    absolute: 1.5e-7,
  },
} as const;
