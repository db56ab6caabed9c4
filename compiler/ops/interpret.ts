// Runs a graph in doubles, op by op from the meaning of each record: the numbers everything is compared with.

import { CompilerBug } from "../../grammar/bug.ts";
import { evaluateDim } from "../ir/dim.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import { printType } from "../ir/type.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { interpretKernel } from "../kernel/interpret.ts";
import { filled } from "../kernel/tensor.ts";
import type { Tensor } from "../kernel/tensor.ts";
import { scanAttrs } from "./scan.ts";
import { kernelOfOp, operandName, resultName } from "./to-kernel.ts";

/** Values of the size names. */
export type Sizes = ReadonlyMap<string, number>;

/** Kernels made so far: ops are interpreted once per step of their scan. */
export type KernelCache = Map<Op, Kernel>;

/**
 * Values of the outputs of a graph; `inputs` in the order of the graph's. `kernels` may be shared between runs of one
 * graph.
 */
export const interpretGraph = (
  graph: Graph,
  inputs: readonly Tensor[],
  sizes: Sizes = new Map(),
  kernels: KernelCache = new Map(),
): readonly Tensor[] => {
  const values = interpretAll(graph, inputs, sizes, kernels);
  return graph.outputs.map((value) => values.get(value)!);
};

/** Every value of a graph, for tests that look inside. */
export const interpretAll = (
  graph: Graph,
  inputs: readonly Tensor[],
  sizes: Sizes = new Map(),
  kernels: KernelCache = new Map(),
): ReadonlyMap<Value, Tensor> => {
  const values = new Map<Value, Tensor>();
  graph.inputs.forEach((value, i) => {
    const given = inputs[i];
    if (given === undefined) throw new CompilerBug(`graph ${graph.name}: input ${i} is missing`);
    checkInput(value, given, sizes);
    values.set(value, given);
  });
  for (const op of graph.ops) {
    const results = interpretOp(
      op,
      op.operands.map((value) => values.get(value)!),
      sizes,
      kernels,
    );
    op.results.forEach((value, i) => values.set(value, results[i]!));
  }
  return values;
};

/** Results of one op on given operands. */
export const interpretOp = (
  op: Op,
  operands: readonly Tensor[],
  sizes: Sizes,
  kernels: KernelCache = new Map(),
): readonly Tensor[] => {
  if (op.name === "scan") return interpretScan(op, operands, sizes, kernels);
  const buffers = new Map(operands.map((tensor, i) => [operandName(i), tensor]));
  const kernel = kernels.get(op) ?? kernelOfOp(op);
  kernels.set(op, kernel);
  const results = interpretKernel(kernel, buffers, sizes);
  return op.results.map((_, i) => results.get(resultName(i))!);
};

/** Every step runs the whole body on the slices at its position. */
const interpretScan = (
  op: Op,
  operands: readonly Tensor[],
  sizes: Sizes,
  kernels: KernelCache,
): readonly Tensor[] => {
  const { body, length, reverse, carries, sliced } = scanAttrs(op.attrs);
  const steps = evaluateDim(length, sizes);
  const stacks = operands.slice(carries, carries + sliced);
  const whole = operands.slice(carries + sliced);
  const results = body.outputs.slice(carries).map(({ type }) => {
    const shape = type.shape.map((dim) => evaluateDim(dim, sizes));
    return filled(type.dtype, [steps, ...shape], 0);
  });
  let carried = operands.slice(0, carries);
  for (let n = 0; n < steps; n++) {
    const t = reverse ? steps - 1 - n : n;
    const given = [...carried, ...stacks.map((stack) => sliceAt(stack, t)), ...whole];
    const made = interpretGraph(body, given, sizes, kernels);
    carried = made.slice(0, carries);
    results.forEach((stack, i) => sliceAt(stack, t).data.set(made[carries + i]!.data));
  }
  return [...carried, ...results];
};

/** Position `t` of the leading axis; its data are the stack's own. */
const sliceAt = ({ dtype, shape: [, ...shape], data }: Tensor, t: number): Tensor => {
  const count = shape.reduce((n, size) => n * size, 1);
  return { dtype, shape, data: data.subarray(t * count, (t + 1) * count) };
};

const checkInput = (value: Value, given: Tensor, sizes: Sizes): void => {
  const shape = value.type.shape.map((dim) => evaluateDim(dim, sizes));
  const count = shape.reduce((n, size) => n * size, 1);
  const same = shape.length === given.shape.length && shape.every((n, i) => n === given.shape[i]);
  if (same && given.dtype === value.type.dtype && given.data.length === count) return;
  const name = value.def.kind === "input" ? value.def.name : `value ${value.id}`;
  const got = `${given.dtype}[${given.shape.join(", ")}]`;
  throw new CompilerBug(`input ${name} is ${printType(value.type)}, got ${got}`);
};
