// Draws operands for a sample of an op record: the same numbers at every run.

import { createBuilder } from "../../compiler/ops/builder.ts";
import type { GraphBuilder } from "../../compiler/ops/builder.ts";
import type { Sample, SampleOperand } from "../../compiler/ops/define.ts";
import type { OpName } from "../../compiler/ops/index.ts";
import type { Value } from "../../compiler/ir/graph.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";

/** A stream of numbers in [0, 1). */
export const createStream = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const countOf = (shape: readonly number[]): number =>
  shape.reduce((count, size) => count * size, 1);

export const drawTensor = (
  { shape, dtype = "f32", range = [-1, 1] }: SampleOperand,
  next: () => number,
): Tensor => {
  const [lo, hi] = dtype === "bool" ? [0, 2] : range;
  const element = (): number => {
    const value = lo + (hi - lo) * next();
    return dtype === "f32" ? value : Math.floor(value);
  };
  return tensor(dtype, shape, Array.from({ length: countOf(shape) }, element));
};

export const drawOperands = (sample: Sample, seed = 7): readonly Tensor[] => {
  const next = createStream(seed);
  return sample.operands.map((operand) => drawTensor(operand, next));
};

/** A builder holding one op over one input per operand. */
export const buildSample = (
  name: OpName,
  sample: Sample,
): { readonly b: GraphBuilder; readonly inputs: readonly Value[]; readonly result: Value } => {
  const b = createBuilder();
  const inputs = sample.operands.map(({ shape, dtype = "f32" }, i) =>
    b.input("%", `x${i}`, { dtype, shape }),
  );
  return { b, inputs, result: b.op(name, inputs, sample.attrs) };
};
