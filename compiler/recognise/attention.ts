// Attention: a product of scores, softmax, and a product of the weights with values.

import { printDim } from "../ir/dim-text.ts";
import { product } from "../ir/dim.ts";
import type { Op, Value } from "../ir/graph.ts";
import { textAttr } from "../ops/attrs.ts";
import { contractedLetters, parseSpec } from "../ops/contract-spec.ts";
import { matched, missed } from "./finding.ts";
import type { Finding, Recogniser, Uses } from "./finding.ts";
import { maximaIn, softmaxOf } from "./softmax.ts";
import { findAhead, findBack } from "./walk.ts";

/** A head or a value wider than this does not stay in registers and fast memory. */
const widest = 256;

export type Attention = {
  /** The product of queries and keys. */
  readonly scores: Op;
  /** The product of what they are after softmax and values. */
  readonly sum: Op;
};

/** Every softmax of products: attention, or a finding that says what stands against it. */
export const attentionsIn = (uses: Uses): readonly (Attention | Finding)[] =>
  maximaIn(uses).flatMap((max) => {
    const softmax = softmaxOf(max, uses);
    if (typeof softmax === "string") return [];
    const scores = findBack(softmax.scores, (op) => op.name === "contract");
    if (scores === null) return [];
    return [attentionOf(max.results[0]!, scores, softmax.exponentials, uses)];
  });

export const attentions: Recogniser = (uses) =>
  attentionsIn(uses).map((one) => ("scores" in one ? findingOf(one) : one));

const attentionOf = (
  value: Value,
  scores: Op,
  exponentials: Value,
  uses: Uses,
): Attention | Finding => {
  const miss = (why: string): Finding => missed("attention", value, why);
  const weights = findAhead(exponentials, uses, (op) => op.name === "div")?.results[0];
  if (weights === undefined) return miss("the exponentials are not divided by their sum");
  const sum = findAhead(weights, uses, (op) => op.name === "contract");
  if (sum === null) return miss("the weights go into no product");
  const head = widthOf(scores);
  if (typeof head !== "number") return miss(`a head of ${printDim(head)} has no fixed width`);
  if (head > widest) return miss(`a head of ${head} is wider than ${widest}`);
  return { scores, sum };
};

const findingOf = ({ scores, sum }: Attention): Finding => {
  const [queries, keys] = scores.operands;
  const positions = scores.results[0]!.type.shape;
  return matched(
    "attention",
    sum.results[0]!,
    `heads of ${printDim(widthOf(scores))}, weights [${positions.map(printDim).join(", ")}] from %${queries!.id} and %${keys!.id}`,
  );
};

/** How many terms a score is the sum of. */
const widthOf = (op: Op): ReturnType<typeof product> => {
  const spec = parseSpec(textAttr(op.attrs, "spec"));
  const { shape } = op.operands[0]!.type;
  return product(contractedLetters(spec).map((letter) => shape[spec.a.indexOf(letter)]!));
};
