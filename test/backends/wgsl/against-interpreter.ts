// Kernels on random numbers, as shaders and in the interpreter.

import { evaluateDim } from "../../../compiler/ir/dim.ts";
import { interpretKernel } from "../../../compiler/kernel/interpret.ts";
import type { Kernel, Stmt } from "../../../compiler/kernel/kernel.ts";
import { tensor } from "../../../compiler/kernel/tensor.ts";
import { visitExprs } from "../../../compiler/lower/statements.ts";
import { differenceOf } from "../../fuzz/compare.ts";
import type { Random } from "../../ir/random.ts";
import { drawBuffers } from "../../schedule/find-difference.ts";
import { runShaders } from "./run-shader.ts";
import type { Buffers, Run, Sizes } from "./run-shader.ts";

export type Case = Run & { readonly wanted: Buffers };

/** Numbers that f32 holds, in all buffers. Null where random indices lead the kernel itself out of its buffers. */
export const drawCase = (kernel: Kernel, sizes: Sizes, random: Random): Case | null => {
  const given = new Set([...kernel.params, ...kernel.results].map(({ name }) => name));
  const buffers = new Map([...drawBuffers(kernel, sizes, random)].filter(([n]) => given.has(n)));
  const copies = new Map([...buffers].map(([name, t]) => [name, tensor(t.dtype, t.shape, t.data)]));
  try {
    return { kernel, sizes, buffers, wanted: interpretKernel(kernel, copies, sizes) };
  } catch {
    return null;
  }
};

/** How many numbers may meet in one, at most: rounds of loops that run in order, and elements of reductions. */
const termsOf = (kernel: Kernel, sizes: Sizes): number => {
  let most = 1;
  visitExprs(kernel.body, (e) => {
    if (e.kind !== "reduce") return;
    most = Math.max(
      most,
      e.axes.reduce((n, a) => n * evaluateDim(a.extent, sizes), 1),
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

/**
 * The interpreter computes in doubles, a shader in f32: each of n additions in a row is off by at most 2^-24 of a sum
 * that is at most n times the largest term, and an expression has about 32 operations from its operands to its result.
 */
const toleranceOf = ({ kernel, sizes }: Case): number => 2 ** -24 * (32 + termsOf(kernel, sizes));

const nameOf = ({ kernel, sizes }: Case): string =>
  `${kernel.name} at ${[...sizes].map(([name, n]) => `${name}=${n}`).join()}`;

/** Results of operands that are each moved by a rounding, up and down in turn. */
const resultsNearby = ({ kernel, sizes, buffers }: Case): Buffers => {
  const moved = [...buffers].map(([name, { dtype, shape, data }]) => {
    const near = data.map((x, k) => (dtype === "f32" ? x * (1 + (k % 2 ? 1 : -1) * 2 ** -23) : x));
    return [name, tensor(dtype, shape, near)] as const;
  });
  return interpretKernel(kernel, new Map(moved), sizes);
};

export type Differences = {
  /** Every result that is further from the interpreter's than rounding explains. */
  readonly found: readonly string[];
  /** Results that are further off in the interpreter too where its operands are rounded: they say nothing. */
  readonly unstable: readonly string[];
};

export const differencesOf = async (
  device: GPUDevice,
  cases: readonly Case[],
): Promise<Differences> => {
  const results = await runShaders(device, cases);
  const [found, unstable]: [string[], string[]] = [[], []];
  cases.forEach((one, k) => {
    for (const [name, { dtype, data }] of one.wanted) {
      const isReal = dtype === "f32";
      const wanted = isReal ? Float32Array.from(data) : data;
      const against = (got: ArrayLike<number>): string | null =>
        differenceOf(`${nameOf(one)}: ${name}`, wanted, got, isReal ? toleranceOf(one) : 0);
      const difference = against(results[k]!.get(name)!.data);
      if (difference === null) continue;
      const nearby = against(resultsNearby(one).get(name)!.data);
      (nearby === null ? found : unstable).push(difference);
    }
  });
  return { found, unstable };
};
