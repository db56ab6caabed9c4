// Tokens one after the other: what is asked of a model, at its bound too, and where it ends.
import { describe, expect, test } from "vitest";
import { generate, scoresByStep, scoresByWindow, type NextScores } from "../../runtime/generate.ts";
import { expectError } from "./errors.ts";

/** The highest score is at (sum of the last `width` tokens + 1) mod 5. */
const scoresOf = (tokens: ArrayLike<number>): Float32Array => {
  const scores = new Float32Array(5);
  scores[(Array.from(tokens).reduce((sum, token) => sum + token, 0) + 1) % 5] = 1;
  return scores;
};

const collect = async (
  scores: NextScores,
  prompt: readonly number[],
  length: number,
): Promise<readonly number[]> => {
  const made: number[] = [];
  for await (const token of generate(scores, prompt, { length, temperature: 0 })) made.push(token);
  return made;
};

/** A model whose state is what it has seen; it notes the length of that. */
const walker = (
  positions: number[],
): ((token: Int32Array, state?: readonly number[]) => { y: Float32Array; state: number[] }) => {
  return (token, state = []) => {
    const seen = [...state, token[0]!];
    positions.push(seen.length);
    return { y: scoresOf(seen), state: seen };
  };
};

describe("a model that steps", () => {
  test("is shown each token once", async () => {
    const positions: number[] = [];
    const made = await collect(scoresByStep(walker(positions)), [2, 0, 1], 4);
    expect(positions).toEqual([1, 2, 3, 4, 5, 6]);
    expect(made).toEqual([4, 3, 1, 2]);
    expect(made).toEqual(await collect((tokens) => scoresOf(tokens), [2, 0, 1], 4));
  });

  test("starts again from the later half at its bound, and never passes it", async () => {
    const positions: number[] = [];
    await collect(scoresByStep(walker(positions), 5), [2, 0, 1], 7);
    expect(positions).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3]);
    const long: number[] = [];
    await collect(scoresByStep(walker(long), 4), [1, 1, 1, 1, 1, 1, 1], 3);
    expect(long).toEqual([1, 2, 3, 4]);
    const one: number[] = [];
    await collect(scoresByStep(walker(one), 1), [1, 1], 3);
    expect(one).toEqual([1, 1, 1]);
  });
});

test("a model that does not is shown a window, and its last scores count", async () => {
  const windows: (readonly number[])[] = [];
  const forward = async (tokens: Int32Array): Promise<Float32Array> => {
    windows.push([...tokens]);
    return Float32Array.from([...tokens].flatMap((_, i) => [...scoresOf(tokens.slice(0, i + 1))]));
  };
  const made = await collect(scoresByWindow(forward, 5, 3), [2, 0], 3);
  expect(windows).toEqual([
    [2, 0],
    [2, 0, 3],
    [0, 3, 1],
  ]);
  expect(made).toEqual([3, 1, 0]);
});

test("chooses among the tokens that mean something", async () => {
  const scores = (): readonly number[] => [0, 1, 2, 3];
  const options = { length: 20, size: 2, temperature: 9 };
  const made = new Set<number>();
  for await (const token of generate(scores, [0], options)) made.add(token);
  expect(made).toEqual(new Set([0, 1]));
});

test("makes nothing when nothing is asked for; an empty prompt is refused", async () => {
  expect(await collect(() => [0, 1], [0], 0)).toEqual([]);
  await expectError(() => collect(() => [0, 1], [], 3), "bad-option", "the prompt is empty");
  for (const length of [-1, NaN])
    await expectError(() => collect(() => [0, 1], [0], length), "bad-option", "length must be");
});
