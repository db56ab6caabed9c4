// Measures gradients: rules of differentiation are shared by all ways to run, so comparing those cannot find a wrong one.

import type { Entry } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import type { KernelCache } from "../../compiler/ops/interpret.ts";
import { removeDeadCode } from "../../compiler/passes/dead-code.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import type { Verdict } from "./compare.ts";
import { createChoices } from "./random.ts";

const tolerance = 1e-6;

/**
 * The gradients against what the score does when all inputs move a little along one direction. `derived` is the graph
 * of the entry with its gradients taken; another `seed` is another point and direction.
 */
export const slopeVerdict = (
  { inputs: kinds, outputs }: Entry,
  derived: Graph,
  inputs: readonly Tensor[],
  sizes: ReadonlyMap<string, number>,
  seed: number,
): Verdict => {
  const names = outputs.map((output) => (output.kind === "result" ? output.name : ""));
  const choices = createChoices(seed ^ 0x2545f491);
  const learned = kinds.map((input) =>
    input.kind === "data" ? names.indexOf(`d_${input.name}`) : -1,
  );
  if (learned.every((at) => at < 0)) return null;
  // Off the grid of multiples of 1/64, so away from kinks and ties.
  const point = inputs.map((x) =>
    x.dtype === "f32" ? moved(x, 1, () => (choices.unit() - 0.5) / 128) : x,
  );
  const direction = inputs.map((x) => Array.from(x.data, () => choices.unit() * 2 - 1));
  const kernels: KernelCache = new Map();
  const gradients = interpretGraph(derived, point, sizes, kernels);
  const expected = learned.reduce((sum, at, i) => {
    if (at < 0) return sum;
    return gradients[at]!.data.reduce((all, g, e) => all + g * direction[i]![e]!, sum);
  }, 0);
  const forward = removeDeadCode({ ...derived, outputs: [derived.outputs[0]!] });
  const score = (step: number): number => {
    const there = point.map((x, i) =>
      learned[i]! < 0 ? x : moved(x, step, (e) => direction[i]![e]!),
    );
    const [value] = interpretGraph(forward, there, sizes, kernels);
    return value!.data.reduce((sum, one) => sum + Math.sin(one), 0);
  };
  const [coarse, fine] = [1e-4, 2e-5].map((step) => (score(step) - score(-step)) / (2 * step));
  const unsure = 10 * Math.abs(coarse! - fine!);
  const error = Math.abs(expected - fine!);
  return error <= tolerance * (1 + Math.abs(fine!)) + unsure
    ? null
    : `slope: ${expected} instead of ${fine}`;
};

/** `x + scale * by(element)`. */
const moved = (x: Tensor, scale: number, by: (element: number) => number): Tensor =>
  tensor(
    x.dtype,
    x.shape,
    Array.from(x.data, (value, element) => value + scale * by(element)),
  );
