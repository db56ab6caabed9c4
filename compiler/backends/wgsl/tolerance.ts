// How far two ways of computing a kernel may be from each other: both round, each in an order of its own.

import { evaluateDim } from "../../ir/dim.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { visitExprs } from "../../lower/statements.ts";

/** Operations from operands to a result, besides sums. */
const operations = 32;

/** Where halves are multiplied in matrices both operands are rounded, and results where they are kept as halves. */
const ofHalves = 2 ** -9;

/** Of one plus the largest magnitude of a result: each of n additions is off by 2^-24 of the sum at most. */
export const toleranceOf = (
  kernel: Kernel,
  sizes: ReadonlyMap<string, number>,
  hasHalves: boolean,
): number => 2 * 2 ** -24 * (operations + termsOf(kernel, sizes)) + (hasHalves ? ofHalves : 0);

/** How many numbers may meet in one, at most: rounds of loops that run in order, and elements of reductions. */
export const termsOf = (kernel: Kernel, sizes: ReadonlyMap<string, number>): number => {
  let most = 1;
  visitExprs(kernel.body, (e) => {
    if (e.kind !== "reduce") return;
    most = Math.max(
      most,
      e.axes.reduce((n, { extent }) => n * evaluateDim(extent, sizes), 1),
    );
  });
  const rounds = (stmts: readonly Stmt[]): number =>
    stmts.reduce((n, s) => {
      if (s.kind === "if") return Math.max(n, rounds(s.body));
      if (s.kind !== "for") return n;
      const own = s.role === "spatial" ? 1 : evaluateDim(s.extent, sizes);
      return Math.max(n, own * rounds(s.body));
    }, 1);
  return most * rounds(kernel.body);
};

/** What differs, or null. NaN is as good as any other, and whole numbers are equal. */
export const differenceOf = (
  wanted: readonly (Float32Array | Int32Array)[],
  given: readonly (Float32Array | Int32Array)[],
  tolerance: number,
): string | null => {
  for (const [result, values] of wanted.entries()) {
    const others = given[result]!;
    const most = values instanceof Int32Array ? 0 : tolerance * (1 + largestOf(values));
    const at = values.findIndex((value, k) => {
      const other = others[k]!;
      return !(Object.is(value, other) || Math.abs(value - other) <= most);
    });
    if (at >= 0) return `element ${at} of result ${result + 1} is ${others[at]}, not ${values[at]}`;
  }
  return null;
};

const largestOf = (values: Float32Array): number => {
  let largest = 0;
  for (const value of values)
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest;
};
