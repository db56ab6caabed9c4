// Choosing what comes next: greedy, by temperature, among the k best, among those that make up p; and what is refused.
import { describe, expect, test } from "vitest";
import { splitSeed, streamKey, threefryWord, uniformAt } from "../../runtime/random.ts";
import { sampler, type SampleOptions } from "../../runtime/sample.ts";
import { expectError } from "./errors.ts";

const randomScores = (seed: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => threefryWord(seed, 1, i, 0, 0) / 2 ** 29);

const softmax = (scores: ArrayLike<number>, temperature = 1): readonly number[] => {
  const powers = Array.from(scores, (score) => Math.exp(score / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
};

/** Indices from the highest probability down, equal ones by index. */
const ranked = (p: readonly number[]): readonly number[] =>
  p.map((_, i) => i).toSorted((a, b) => p[b]! - p[a]! || a - b);

const drawn = (scores: ArrayLike<number>, options: SampleOptions, count: number): number[] => {
  const choose = sampler(options);
  return Array.from({ length: count }, (_, draw) => choose(scores, draw));
};

/** Pearson's statistic of counts against probabilities; where the probability is 0 there must be none. */
const chiSquare = (choices: readonly number[], p: readonly number[]): number =>
  p.reduce((sum, share, i) => {
    const found = choices.filter((choice) => choice === i).length;
    if (share === 0) {
      expect(found).toBe(0);
      return sum;
    }
    const expected = share * choices.length;
    return sum + (found - expected) ** 2 / expected;
  }, 0);

/** 99.9 % of the distribution with as many degrees of freedom (Wilson & Hilferty, 1931). */
const critical = (freedom: number): number =>
  freedom * (1 - 2 / (9 * freedom) + 3.09 * Math.sqrt(2 / (9 * freedom))) ** 3;

const normalised = (p: readonly number[], kept: readonly number[]): readonly number[] => {
  const sum = kept.reduce((total, i) => total + p[i]!, 0);
  return p.map((share, i) => (kept.includes(i) ? share / sum : 0));
};

describe("greedy", () => {
  test("the highest, the first among equals; temperature 0 and the one best are the same", () => {
    expect(drawn([1, 3, -2, 3], { temperature: 0 }, 3)).toEqual([1, 1, 1]);
    expect(drawn([1, 3, -2, 3], { topK: 1, temperature: 9 }, 3)).toEqual([1, 1, 1]);
    expect(drawn([-Infinity, -5, -Infinity], { temperature: 0 }, 1)).toEqual([1]);
  });

  test("a temperature close to 0 comes to it", () => {
    for (const temperature of [1e-3, 1e-300, 5e-324])
      expect(new Set(drawn([0, 1, 0.5], { temperature }, 50))).toEqual(new Set([1]));
  });
});

describe("frequencies are the probabilities", () => {
  test.each([
    [1, 7, {}],
    [2, 3, { temperature: 0.5 }],
    [3, 5, { temperature: 3, seed: 2 ** 40 }],
    [4, 1, {}],
    [5, 13, { topK: 5, seed: 9 }],
    [6, 13, { topP: 0.8 }],
    [7, 13, { topK: 6, topP: 0.7, temperature: 2 }],
  ] as const)("scores %i, %i of them, %o", (seed, count, options: SampleOptions) => {
    const scores = randomScores(seed, count);
    const p = softmax(scores, options.temperature);
    const best = ranked(p).slice(0, options.topK ?? count);
    const among = normalised(p, best);
    const kept = best.slice(0, smallest(among, best, options.topP ?? 1));
    const expected = normalised(p, kept);
    const choices = drawn(scores, options, 20_000);
    if (kept.length === 1) expect(new Set(choices)).toEqual(new Set(kept));
    else expect(chiSquare(choices, expected)).toBeLessThan(critical(kept.length - 1));
  });
});

/** How many of the highest make up the share p. */
const smallest = (p: readonly number[], order: readonly number[], share: number): number => {
  let sum = 0;
  for (let n = 0; n < order.length; n++) {
    sum += p[order[n]!]!;
    if (sum >= share - 1e-12) return n + 1;
  }
  return order.length;
};

describe("never outside", () => {
  test.each([1, 2, 3, 4, 5, 6])("the k best: seed %i", (seed) => {
    const scores = randomScores(seed, 11);
    // Equal scores at the border: the lower index is in.
    scores[3] = scores[8] = scores[5]!;
    const order = ranked([...scores]);
    for (const topK of [1, 2, 3, 5, 10, 11, 99]) {
      const inside = new Set(order.slice(0, topK));
      for (const choice of drawn(scores, { topK, temperature: 50, seed }, 300))
        expect(inside.has(choice)).toBe(true);
    }
  });

  test.each([1, 2, 3, 4, 5, 6])("the fewest that make up p: seed %i", (seed) => {
    const scores = randomScores(seed, 11);
    const p = softmax(scores);
    const order = ranked(p);
    for (const topP of [1e-9, 0.1, 0.5, 0.9, 0.999, 1]) {
      const count = smallest(p, order, topP);
      const inside = new Set(order.slice(0, count));
      const choices = drawn(scores, { topP, seed }, 300);
      for (const choice of choices) expect(inside.has(choice)).toBe(true);
      if (count === 2) expect(new Set(choices).size).toBe(2);
    }
  });

  test("what is masked out by -Infinity", () => {
    const scores = [-Infinity, 0, -Infinity, 0];
    expect(new Set(drawn(scores, { temperature: 100 }, 200))).toEqual(new Set([1, 3]));
    expect(new Set(drawn(scores, { topK: 4 }, 200))).toEqual(new Set([1, 3]));
  });
});

test("choices follow from the seed and their number", () => {
  const scores = randomScores(1, 9);
  const first = drawn(scores, { seed: 7 }, 40);
  expect(drawn(scores, { seed: 7 }, 40)).toEqual(first);
  expect(drawn(scores, { seed: 8 }, 40)).not.toEqual(first);
  expect(sampler({ seed: 7 })(scores, 39)).toBe(first[39]);
  expect(new Set(first).size).toBeGreaterThan(1);
  // Uniform draws cut into four, the same on every machine.
  const key = streamKey("sample", ...splitSeed(1));
  const quarters = Array.from({ length: 8 }, (_, n) => Math.floor(4 * uniformAt(...key, n, 0)));
  expect(quarters).toEqual([3, 0, 0, 1, 0, 0, 3, 1]);
  expect(drawn([0, 0, 0, 0], { seed: 1 }, 8)).toEqual(quarters);
});

test("refuses scores that are none, and options out of range", async () => {
  await expectError(() => sampler()([0, NaN, 1], 0), "not-finite", "score 1 of 3 is NaN");
  await expectError(() => sampler()([0, 1, Infinity], 0), "not-finite", "score 2 of 3 is Infinity");
  await expectError(() => sampler()([], 0), "not-finite", "nothing to choose from: 0 scores");
  await expectError(() => sampler()([-Infinity], 0), "not-finite", "nothing to choose from");
  for (const temperature of [-1, NaN, Infinity])
    await expectError(() => sampler({ temperature }), "bad-option", "temperature must be a number");
  for (const topK of [0, 1.5, -3, NaN])
    await expectError(() => sampler({ topK }), "bad-option", `topK must be a number that is whole`);
  for (const topP of [0, 1.1, -0.5, NaN])
    await expectError(() => sampler({ topP }), "bad-option", `topP must be a number above 0`);
  for (const seed of [-1, 0.5]) await expectError(() => sampler({ seed }), "bad-option");
});
