// Kernels on random numbers, as shaders and in the interpreter.

import type { Choices } from "../../../compiler/backends/wgsl/plan-launches.ts";
import { termsOf } from "../../../compiler/backends/wgsl/tolerance.ts";
import { evaluateDim } from "../../../compiler/ir/dim.ts";
import { interpretKernel } from "../../../compiler/kernel/interpret.ts";
import type { BufferDecl, Kernel } from "../../../compiler/kernel/kernel.ts";
import { tensor } from "../../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../../compiler/kernel/tensor.ts";
import type { DType } from "../../../compiler/ir/type.ts";
import { differenceOf } from "../../fuzz/compare.ts";
import { createRandom } from "../../ir/random.ts";
import type { Random } from "../../ir/random.ts";
import { runShaders } from "./run-shader.ts";
import type { Buffers, Emulation, HalvesOf, Run, Sizes } from "./run-shader.ts";

export type Case = Run & { readonly wanted: Buffers };

/** Of all bits an f32 has: of few, sums would be 0 exactly, and rounding would decide what is above 0. */
const drawTensor = ({ dtype, shape }: BufferDecl, sizes: Sizes, random: Random): Tensor => {
  const known = shape.map((dim) => evaluateDim(dim, sizes));
  const draw = (): number => {
    if (dtype === "f32") return Math.fround(2 * random.unit() - 1);
    return random.below(dtype === "bool" ? 2 : 3);
  };
  const count = known.reduce((a, b) => a * b, 1);
  return tensor(dtype, known, Array.from({ length: count }, draw));
};

const copied = (buffers: Buffers, map: (x: number, dtype: DType) => number): Buffers =>
  new Map(
    [...buffers].map(([name, { dtype, shape, data }]) => [
      name,
      tensor(
        dtype,
        shape,
        data.map((x) => map(x, dtype)),
      ),
    ]),
  );

/** Results hold numbers before, too. Null where random indices lead the kernel itself out of its buffers. */
export const drawCase = (kernel: Kernel, sizes: Sizes, random: Random): Case | null =>
  caseOf(
    kernel,
    sizes,
    new Map(
      [...kernel.params, ...kernel.results].map((b) => [b.name, drawTensor(b, sizes, random)]),
    ),
  );

/** Some of the floats of its params are NaN or infinite. */
export const drawSpecial = (kernel: Kernel, sizes: Sizes, random: Random): Case | null => {
  const drawn = drawCase(kernel, sizes, random);
  if (drawn === null) return null;
  const special = (x: number, dtype: DType): number =>
    dtype === "f32" && random.below(40) === 0 ? [NaN, Infinity, -Infinity][random.below(3)]! : x;
  return caseOf(kernel, sizes, copied(drawn.buffers, special));
};

/** The same case with other values in one of its buffers. */
export const withValues = (
  { kernel, sizes, buffers }: Case,
  name: string,
  valueAt: (position: number) => number,
): Case => {
  const { dtype, shape, data } = buffers.get(name)!;
  const changed = tensor(
    dtype,
    shape,
    Array.from(data, (_, k) => valueAt(k)),
  );
  return caseOf(kernel, sizes, new Map([...buffers, [name, changed]]))!;
};

const caseOf = (kernel: Kernel, sizes: Sizes, buffers: Buffers): Case | null => {
  try {
    const wanted = interpretKernel(
      kernel,
      copied(buffers, (x) => x),
      sizes,
    );
    return { kernel, sizes, buffers, wanted };
  } catch {
    return null;
  }
};

/**
 * The interpreter computes in doubles, a shader in f32: each of n additions in a row is off by at most 2^-24 of a sum
 * that is at most n times the largest term, and an expression has about 32 operations from its operands to its result.
 */
const toleranceOf = ({ kernel, sizes }: Case): number => 2 ** -24 * (32 + termsOf(kernel, sizes));

const nameOf = ({ kernel, sizes }: Case): string =>
  `${kernel.name} at ${[...sizes].map(([name, n]) => `${name}=${n}`).join()}`;

/** Results of operands that are each moved by one rounding, up or down. */
const resultsNearby = ({ kernel, sizes, buffers }: Case, random: Random): Buffers => {
  const move = (x: number, dtype: DType): number =>
    dtype === "f32" ? x * (1 + (random.below(2) - 0.5) * 2 ** -22) : x;
  return interpretKernel(kernel, copied(buffers, move), sizes);
};
const timesMoved = 6;

export type Differences = {
  /** Every result that is further from the interpreter's than rounding explains. */
  readonly found: readonly string[];
  /** Results that are further off in the interpreter too where its operands are rounded: they say nothing. */
  readonly unstable: readonly string[];
};

export const differencesOf = async (
  device: GPUDevice,
  cases: readonly Case[],
  choices?: Partial<Choices>,
  halvesOf?: HalvesOf,
  emulation?: Emulation,
): Promise<Differences> => {
  return differencesIn(cases, await runShaders(device, cases, choices, halvesOf, emulation));
};

/** Of what the cases gave. */
export const differencesIn = (cases: readonly Case[], results: readonly Buffers[]): Differences => {
  const [found, unstable]: [string[], string[]] = [[], []];
  cases.forEach((one, k) => {
    for (const [name, { dtype, data }] of one.wanted) {
      const isReal = dtype === "f32";
      const wanted = isReal ? Float32Array.from(data) : data;
      const against = (got: ArrayLike<number>): string | null =>
        differenceOf(`${nameOf(one)}: ${name}`, wanted, got, isReal ? toleranceOf(one) : 0);
      const difference = against(results[k]!.get(name)!.data);
      if (difference === null) continue;
      const random = createRandom(k);
      const isUnstable = Array.from({ length: timesMoved }).some(
        () => against(resultsNearby(one, random).get(name)!.data) !== null,
      );
      (isUnstable ? unstable : found).push(difference);
    }
  });
  return { found, unstable };
};
