// A graph in the interpreter with every operand of arithmetic moved by one rounding of f32, up or down: what moves
// by more than a tolerance then says nothing of a target that computes in f32.

import type { Graph, Value } from "../../compiler/ir/graph.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { interpretOp } from "../../compiler/ops/interpret.ts";
import type { Sizes } from "../../compiler/ops/interpret.ts";
import type { Choices } from "./random.ts";

/** What only moves or picks elements, compares or rounds them takes them as they are, as in f32. */
const arithmetic: ReadonlySet<string> = new Set([
  ..."add sub mul div pow sqrt exp expm1 log log1p sigmoid tanh erf atan sin cos".split(" "),
  ..."reduceSum reduceProd contract fold scatterAdd cumSum scan".split(" "),
]);

const moved = (one: Tensor, choices: Choices): Tensor =>
  one.dtype === "f32"
    ? tensor(
        one.dtype,
        one.shape,
        one.data.map((x) => x * (1 + (choices.below(2) - 0.5) * 2 ** -22)),
      )
    : one;

/** Values of the outputs. */
export const interpretNearby = (
  graph: Graph,
  inputs: readonly Tensor[],
  sizes: Sizes,
  choices: Choices,
): readonly Tensor[] => {
  const values = new Map<Value, Tensor>(graph.inputs.map((value, i) => [value, inputs[i]!]));
  for (const op of graph.ops) {
    const operands = op.operands.map((value) => values.get(value)!);
    const given = arithmetic.has(op.name) ? operands.map((one) => moved(one, choices)) : operands;
    const results = interpretOp(op, given, sizes);
    op.results.forEach((value, i) => values.set(value, results[i]!));
  }
  return graph.outputs.map((value) => values.get(value)!);
};
