// Rules for graphs that do not train: chains with weights become one product and one sum, and that product goes into the
// weights of the contraction before it where it can. So batch norm at inference costs nothing.

import type { Graph, Value } from "../../ir/graph.ts";
import { textAttr } from "../../ops/attrs.ts";
import { parseSpec } from "../../ops/contract-spec.ts";
import { removeDeadCode } from "../dead-code.ts";
import { rewrite } from "../rewrite.ts";
import type { Rewriter, Row } from "../rewrite.ts";
import { arrange, sizesOf } from "../rows/letters.ts";
import type { Factor } from "../rows/letters.ts";
import { simplify } from "../simplify.ts";
import { affineOf, links } from "./affine.ts";
import type { Affine, Link } from "./affine.ts";
import { createIsInvariant, sourcesOf, staysSmall } from "./invariant.ts";
import type { IsInvariant } from "./invariant.ts";
import { pastReshape } from "./past-reshape.ts";
import { weightsLike } from "./weights.ts";
import type { Weights } from "./weights.ts";

/** A second copy of stored weights, scaled, must save at least this many additions per element of the product. */
const leastSaved = 2;

const isStored = ({ def }: Value): boolean =>
  def.kind === "input" ||
  (["reshape", "transpose"].includes(def.op.name) && isStored(def.op.operands[0]!));

const dependsOnWeights = (factor: Factor | null): boolean =>
  factor !== null && sourcesOf(factor.value).length > 0;

/** The product of a chain with its scale in the weights, where that differs only along axes they have; else null. */
const scaledWeights = (
  r: Rewriter,
  w: Weights,
  { base, scale, work, shift }: Affine,
  isInvariant: IsInvariant,
): Value | null => {
  const product = r.opOf(base, "contract");
  if (product === null || r.uses(base) > 1 || !dependsOnWeights(scale)) return null;
  const { a, b, out } = parseSpec(textAttr(product.attrs, "spec"));
  const side = product.operands.findIndex(isInvariant);
  const weights = product.operands[side];
  const letters = side === 0 ? a : b;
  const own = [...scale!.letters].map((letter) => out[w.letters.indexOf(letter)]!).join("");
  if (weights === undefined || [...own].some((letter) => !letters.includes(letter))) return null;
  const saved = shift === null ? work : work - 1;
  if (isStored(weights) && saved < leastSaved) return null;
  const sizes = sizesOf([{ value: weights, letters }]);
  const factor = arrange(r, { value: scale!.value, letters: own }, letters, sizes);
  const scaled = r.op("mul", [weights, factor]);
  return r.op("contract", product.operands.with(side, scaled), product.attrs);
};

/** The chain with at most one product and one sum, or null where that saves nothing. */
const shorter = (
  r: Rewriter,
  w: Weights,
  chain: Affine,
  isInvariant: IsInvariant,
): Value | null => {
  const { base, scale, shift, length, work } = chain;
  const product = scaledWeights(r, w, chain, isInvariant);
  const isScaled = scale === null || product !== null;
  const left = (isScaled ? 0 : 1) + (shift === null ? 0 : 1);
  // Alone, a quotient is rounded once and stays: 49 / 49 is 1, and 49 * (1 / 49) is not.
  if (left >= work || (product === null && length === 1)) return null;
  const scaled = isScaled ? (product ?? base) : r.op("mul", [base, w.spread(scale)]);
  return shift === null ? scaled : r.op("add", [scaled, w.spread(shift)]);
};

const foldRows = (isInvariant: IsInvariant): readonly Row[] => [
  pastReshape(isInvariant),
  {
    rule: "((x + a) / b) * c + d -> x * s + t with weights a, b, c, d; contract(x, W) * s -> contract(x, W * s)",
    roots: links,
    apply: (r, operands, _attrs, name) => {
      const [first] = operands;
      if (first!.type.dtype !== "f32") return null;
      const w = weightsLike(r, first!, isInvariant);
      const chain = affineOf(r, w, name as Link, operands);
      const factors = [chain?.scale ?? null, chain?.shift ?? null];
      if (chain === null || !factors.some(dependsOnWeights)) return null;
      const small = factors.every((factor) => factor === null || staysSmall(factor.value));
      return small ? shorter(r, w, chain, isInvariant) : null;
    },
  },
];

/**
 * A graph that changes no stored tensor, with as little arithmetic between its products as its weights allow. These rules
 * run apart from those of simplify: they ask how often values are read, which rules that move views do not keep track of.
 */
export const foldWeights = (graph: Graph): Graph =>
  removeDeadCode(simplify(rewrite(graph, foldRows(createIsInvariant()), false)));
