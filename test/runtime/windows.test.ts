// Windows of a long row of numbers: which tokens an epoch shows, in which order, and how that goes on after a stop.
import { describe, expect, test } from "vitest";
import { everyExample, type BatchOptions } from "../../runtime/data/batches.ts";
import type { ArrayBatch, Source } from "../../runtime/data/dataset.ts";
import { wholeWindows, windowsFrom, windowSource } from "../../runtime/data/windows.ts";
import type { Windows } from "../../runtime/data/windows.ts";
import { collectBatches } from "./collect-batches.ts";
import { errorOf } from "./errors.ts";

const two = [{ name: "text" }, { name: "target" }];
const counting = (count: number, length: number, fields: Windows["fields"] = two): Windows => ({
  tokens: Int32Array.from({ length: count }, (_, i) => i),
  fields,
  length,
});

const options: BatchOptions = { ...everyExample, batch: 3, shuffle: true, seed: 5 };

const collect = (
  source: Source,
  changed: Partial<BatchOptions> = {},
): Promise<readonly ArrayBatch[]> => collectBatches(source, { ...options, ...changed });

const valuesOf = (batches: readonly ArrayBatch[], name: string): readonly number[] =>
  batches.flatMap((batch) => [...batch[name]!]);

describe("an epoch", () => {
  test.each([
    [101, 7],
    [101, 20],
    [64, 8],
    [65, 8],
    [9, 1],
    [8, 7],
    [15, 7],
  ])("%i tokens in windows of %i: none twice, the next ones beside them", async (count, length) => {
    const source = windowSource(counting(count, length), 5);
    const sizes = new Set<number>();
    for (let epoch = 0; epoch < 20; epoch++) {
      const batches = await collect(source, { epoch });
      const seen = valuesOf(batches, "text");
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBeGreaterThanOrEqual(Math.max(length, count - 2 * length));
      expect(seen.length).toBeLessThanOrEqual(count - 1);
      expect(Math.max(...seen)).toBeLessThan(count - 1);
      for (let at = 0; at < seen.length; at += length)
        expect(seen.slice(at, at + length)).toEqual(
          Array.from({ length }, (_, k) => seen[at]! + k),
        );
      expect(valuesOf(batches, "target")).toEqual(seen.map((token) => token + 1));
      sizes.add(seen.length);
    }
    expect(sizes.size).toBe(1);
  });

  test("starts elsewhere in each, so that every token is shown in time", async () => {
    const source = windowSource(counting(40, 7), 5);
    const starts = new Set<number>();
    const seen = new Set<number>();
    for (let epoch = 0; epoch < 120; epoch++) {
      const tokens = valuesOf(await collect(source, { epoch }), "text");
      starts.add(Math.min(...tokens));
      for (const token of tokens) seen.add(token);
    }
    expect(starts.size).toBe(12);
    expect(seen.size).toBe(39);
  });

  test("follows from seed and epoch, and is taken up in its middle", async () => {
    const source = windowSource(counting(101, 7), 5);
    const whole = await collect(source, { epoch: 3 });
    expect(await collect(windowSource(counting(101, 7), 5), { epoch: 3 })).toEqual(whole);
    expect(await collect(source, { epoch: 3, skip: 2 })).toEqual(whole.slice(2));
    expect(await collect(source, { epoch: 4 })).not.toEqual(whole);
    expect(await collect(windowSource(counting(101, 7), 6), { epoch: 3 })).not.toEqual(whole);
  });
});

test("in order, every token comes once", async () => {
  const windows = counting(64, 7);
  expect(wholeWindows(windows)).toBe(9);
  const data = windowsFrom(windows);
  expect(data.columns.get("text")!.values).toBe(windows.tokens);
  const batches = await collect({ kind: "table", data }, { shuffle: false });
  expect(valuesOf(batches, "text")).toEqual(Array.from({ length: 63 }, (_, i) => i));
  expect(valuesOf(batches, "target")).toEqual(Array.from({ length: 63 }, (_, i) => i + 1));
});

test("a single field takes windows up to the last token", async () => {
  const windows = counting(21, 7, [{ name: "text" }]);
  const batches = await collect({ kind: "table", data: windowsFrom(windows) }, { shuffle: false });
  expect(valuesOf(batches, "text")).toEqual(Array.from({ length: 21 }, (_, i) => i));
});

test("refuses what makes no window, and a share of what differs from epoch to epoch", async () => {
  expect((await errorOf(() => windowSource(counting(7, 7), 0))).message).toBe(
    "7 tokens are too few for a window of 8",
  );
  expect(await errorOf(() => windowSource(counting(7, 0), 0))).toMatchObject({
    code: "bad-option",
  });
  const source = windowSource(counting(101, 7), 5);
  await expect(collect(source, { part: "train", share: 0.2 })).rejects.toThrow(
    "cannot be split: pass validation data of its own",
  );
});
