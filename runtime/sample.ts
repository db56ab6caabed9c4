// Scores of what may come next → one of them: the highest, or drawn.
import { DlmError } from "./errors.ts";
import { checkSeed } from "./model.ts";
import { splitSeed, streamKey, uniformAt } from "./random.ts";

export type SampleOptions = {
  /** Scores are divided by it: 1 as they are, below it bolder, 0 always the highest. */
  readonly temperature?: number;
  /** Only the k highest scores. */
  readonly topK?: number;
  /** Only the fewest of the highest whose probabilities sum to p or more (Holtzman et al., 2020); after `topK`. */
  readonly topP?: number;
  /** The same seed and scores give the same choices. */
  readonly seed?: number;
};

/** Picks an index of `scores`; `draw` numbers the choices. Between equal scores the lowest index comes first. */
export type Sampler = (scores: ArrayLike<number>, draw: number) => number;

export const sampler = ({
  temperature = 1,
  topK = Infinity,
  topP = 1,
  seed = 0,
}: SampleOptions = {}): Sampler => {
  refuseUnless(temperature >= 0 && temperature < Infinity, "temperature", temperature, "from 0");
  refuseUnless(
    topK === Infinity || (Number.isSafeInteger(topK) && topK >= 1),
    "topK",
    topK,
    "that is whole, from 1",
  );
  refuseUnless(topP > 0 && topP <= 1, "topP", topP, "above 0, at most 1");
  const key = streamKey("sample", ...splitSeed(checkSeed(seed)));
  return (scores, draw) => {
    const best = highest(scores);
    if (temperature === 0 || topK === 1) return best;
    const weights = Float64Array.from(scores, (score) =>
      Math.exp((score - scores[best]!) / temperature),
    );
    // A stable sort keeps equal scores in the order of their indices.
    const order = Array.from(weights, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
    const kept = nucleus(weights, order.slice(0, topK), topP);
    let left = uniformAt(...key, draw, 0) * sumOf(weights, kept);
    for (const i of kept) {
      left -= weights[i]!;
      if (left < 0) return i;
    }
    return best;
  };
};

const highest = (scores: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (Number.isNaN(score) || score === Infinity) {
      throw new DlmError("not-finite", `score ${i} of ${scores.length} is ${score}`);
    }
    if (score > scores[best]!) best = i;
  }
  if (scores.length > 0 && scores[best]! > -Infinity) return best;
  throw new DlmError("not-finite", `there is nothing to choose from: ${scores.length} scores`);
};

/** The start of `order` whose weights make up the share `p`. */
const nucleus = (weights: Float64Array, order: readonly number[], p: number): readonly number[] => {
  if (p === 1) return order;
  const enough = p * sumOf(weights, order);
  let sum = 0;
  const last = order.findIndex((i) => (sum += weights[i]!) >= enough);
  return order.slice(0, last + 1);
};

const sumOf = (weights: Float64Array, at: readonly number[]): number =>
  at.reduce((sum, i) => sum + weights[i]!, 0);

const refuseUnless = (holds: boolean, name: string, value: number, wanted: string): void => {
  if (!holds) throw new DlmError("bad-option", `${name} must be a number ${wanted}, got ${value}`);
};
