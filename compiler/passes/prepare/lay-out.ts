// Lays out the weights of large products so that what is summed lies side by side.

import type { Graph, Op, Value } from "../../ir/graph.ts";
import { textAttr } from "../../ops/attrs.ts";
import { contractedLetters, parseSpec, printSpec } from "../../ops/contract-spec.ts";
import { rebuild, sameOp } from "../rebuild.ts";
import type { Replace } from "../rebuild.ts";
import { sizesOf } from "../rows/letters.ts";
import { wordsOf } from "../step-kinds.ts";
import { createIsInvariant } from "./invariant.ts";

/** Weights of fewer words stay in the cache, where reading them at a stride costs nothing: 1 MB, measured. */
const largeWeights = 2 ** 18;
/** At a stride of fewer words neighbours share what is read from memory. */
const leastStride = 128;

/** Whether a view is worth a copy of its own. */
export const isLayout = ({ name, results }: Op): boolean =>
  name === "transpose" && wordsOf(results[0]!) >= largeWeights;

/** W[k, n] of a product over k becomes its transpose [n, k], which is read up to 3.7 times as fast. */
export const layOutWeights = (graph: Graph): Graph => {
  const isInvariant = createIsInvariant();
  return rebuild(graph, (copy, op, operands) => {
    const side = op.name === "contract" ? operands.findIndex(isInvariant) : -1;
    const weights = operands[side];
    if (weights === undefined || wordsOf(weights) < largeWeights || operands.every(isInvariant))
      return sameOp(copy, op, operands);
    return withSumsLast(copy, op, operands, side);
  });
};

const withSumsLast = (
  copy: Parameters<Replace>[0],
  op: Op,
  operands: readonly Value[],
  side: number,
): Value | readonly Value[] => {
  const spec = parseSpec(textAttr(op.attrs, "spec"));
  const [own, name] = side === 0 ? [spec.a, "a"] : [spec.b, "b"];
  const other = side === 0 ? { ...spec, a: spec.b, b: spec.a } : spec;
  const summed = contractedLetters(other);
  const kept = [...own].filter((letter) => !summed.includes(letter));
  const moved = [...kept, ...summed].join("");
  const sizes = sizesOf([{ value: operands[side]!, letters: own }]);
  const stride = kept.reduce((words, letter) => words * Number(sizes.get(letter)!), 1);
  if (moved === own || stride < leastStride) return sameOp(copy, op, operands);
  const perm = [...moved].map((letter) => own.indexOf(letter));
  const weights = copy.b.op("transpose", [operands[side]!], { perm });
  return copy.b.op("contract", operands.with(side, weights), {
    spec: printSpec({ ...spec, [name]: moved }),
  });
};
