// The random numbers against published vectors and against their distributions.
import { describe, expect, test } from "vitest";
import {
  fnv1a64,
  normalAt,
  permutation,
  splitSeed,
  streamKey,
  threefryWord,
  uniformAt,
} from "../../runtime/random.ts";

const words = (key: readonly number[], counter: readonly number[]): readonly string[] =>
  [0, 1].map((lane) =>
    (threefryWord(key[0]!, key[1]!, counter[0]!, counter[1]!, lane) >>> 0)
      .toString(16)
      .padStart(8, "0"),
  );

describe("threefryWord", () => {
  // kat_vectors of Random123, threefry2x32 with 20 rounds.
  test.each([
    [
      [0, 0],
      [0, 0],
      ["6b200159", "99ba4efe"],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      ["1cb996fc", "bb002be7"],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      ["c4923a9c", "483df7a0"],
    ],
  ])("gives the published words for key %j and counter %j", (key, counter, expected) => {
    expect(words(key, counter)).toEqual(expected);
  });
});

describe("fnv1a64", () => {
  const hex = (text: string): string => {
    const [lo, hi] = fnv1a64(text);
    return [hi, lo].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  };

  test("gives the published hashes", () => {
    expect(hex("")).toBe("cbf29ce484222325");
    expect(hex("a")).toBe("af63dc4c8601ec8c");
    expect(hex("foobar")).toBe("85944171f73967e8");
  });

  test("hashes the UTF-8 bytes", () => {
    expect(hex("é")).toBe(hex(String.fromCodePoint(0xe9)));
    expect(hex("é")).not.toBe(hex("e"));
  });
});

describe("streamKey", () => {
  test("is Threefry of the stream under the seed", () => {
    const [lo, hi] = fnv1a64("Dense_0/W");
    expect(streamKey("Dense_0/W", 7, 3)).toEqual([
      threefryWord(7, 3, lo, hi, 0),
      threefryWord(7, 3, lo, hi, 1),
    ]);
  });

  test("differs by stream and by seed", () => {
    const keys = ["a", "b"].flatMap((stream) =>
      [0, 1].map((seed) => streamKey(stream, seed, 0).join()),
    );
    expect(new Set(keys).size).toBe(4);
  });

  test("splits seeds above 32 bits", () => {
    expect(splitSeed(2 ** 32 * 5 + 9)).toEqual([9, 5]);
    expect(splitSeed(0xffffffff)).toEqual([-1, 0]);
  });
});

const moments = (count: number, at: (element: number) => number) => {
  const values = Array.from({ length: count }, (_, i) => at(i));
  const mean = values.reduce((sum, v) => sum + v, 0) / count;
  const central = (p: number): number =>
    values.reduce((sum, v) => sum + (v - mean) ** p, 0) / count;
  return { values, mean, variance: central(2), skew: central(3), kurtosis: central(4) };
};

describe("uniformAt", () => {
  const [key0, key1] = streamKey("test", 1, 0);

  test("takes the top 24 bits of the pair's words", () => {
    for (const element of [0, 1, 2, 7, 101]) {
      const word = threefryWord(key0, key1, element >> 1, 5, element & 1) >>> 0;
      expect(uniformAt(key0, key1, 5, element)).toBe(Math.floor(word / 256) / 2 ** 24);
    }
  });

  test("is flat on [0, 1)", () => {
    const { values, mean, variance } = moments(100_003, (i) => uniformAt(key0, key1, 0, i));
    expect(Math.min(...values.slice(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(values.every((v) => v >= 0 && v < 1 && Math.fround(v) === v)).toBe(true);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
    const bins = new Array<number>(20).fill(0);
    for (const v of values) bins[Math.floor(v * 20)]!++;
    const expected = values.length / 20;
    const chi2 = bins.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chi2).toBeLessThan(43.8); // 19 degrees of freedom, p = 0.001
  });

  test("gives other numbers for another draw, also past 2^31", () => {
    const draws = [0, 1, 2 ** 31, 2 ** 31 + 1].map((n) => uniformAt(key0, key1, n, 3));
    expect(new Set(draws).size).toBe(4);
  });
});

describe("normalAt", () => {
  const [key0, key1] = streamKey("test", 2, 0);

  test("is Box-Muller of the pair of uniforms", () => {
    for (const pair of [0, 1, 17]) {
      const u = uniformAt(key0, key1, 9, 2 * pair);
      const v = uniformAt(key0, key1, 9, 2 * pair + 1);
      const radius = Math.sqrt(-2 * Math.log(1 - u));
      expect(normalAt(key0, key1, 9, 2 * pair)).toBe(radius * Math.cos(2 * Math.PI * v));
      expect(normalAt(key0, key1, 9, 2 * pair + 1)).toBe(radius * Math.sin(2 * Math.PI * v));
    }
  });

  test("has the moments of a standard normal", () => {
    const { mean, variance, skew, kurtosis } = moments(100_003, (i) => normalAt(key0, key1, 0, i));
    expect(mean).toBeCloseTo(0, 1.5);
    expect(variance).toBeCloseTo(1, 1.5);
    expect(Math.abs(skew)).toBeLessThan(0.05);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.1);
  });
});

describe("permutation", () => {
  const [key0, key1] = streamKey("shuffle", 0, 0);

  test.each([0, 1, 2, 7, 1000])("of %i holds every position once", (count) => {
    const order = [...permutation(count, key0, key1, 0)].sort((a, b) => a - b);
    expect(order).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  test("repeats for the same key and differs by epoch", () => {
    expect(permutation(50, key0, key1, 3)).toEqual(permutation(50, key0, key1, 3));
    expect(permutation(50, key0, key1, 3)).not.toEqual(permutation(50, key0, key1, 4));
  });

  test("gives each of the 24 orders of 4 equally often", () => {
    const counts = new Map<string, number>();
    const trials = 24_000;
    for (let n = 0; n < trials; n++) {
      const order = permutation(4, key0, key1, n).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chi2 = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chi2).toBeLessThan(49.7); // 23 degrees of freedom, p = 0.001
  });
});
