// Data sets, their order and batches, and normalisation.
import { describe, expect, test } from "vitest";
import { batchesOf, everyExample, type BatchOptions } from "../../runtime/data/batches.ts";
import { datasetOf, takeRows, type Dataset } from "../../runtime/data/dataset.ts";
import {
  fitNormalisation,
  normaliseBatch,
  normaliseDataset,
  noteNormalisation,
  readNormalisation,
} from "../../runtime/data/normalise.ts";
import { epochOrder, splitRows } from "../../runtime/data/order.ts";
import { normalAt } from "../../runtime/random.ts";
import { expectError } from "./errors.ts";

const valuesOf = (data: Dataset, name: string): readonly number[] => [
  ...data.columns.get(name)!.values,
];

describe("datasets", () => {
  test("refuse columns of different lengths", async () => {
    const x = { dtype: "f32" as const, shape: [3], values: new Float32Array(6) };
    await expectError(
      () =>
        datasetOf([
          ["x", x],
          ["y", { ...x, shape: [2] }],
        ]),
      "bad-data",
      "`y` has 3 examples, `x` has 2",
    );
    await expectError(() => datasetOf([["x", { ...x, shape: [4] }]]), "bad-data", "no multiple");
  });
});

describe("orders", () => {
  test.each([true, false, 1, 5, 1000])("with shuffle %s visit every row once", (shuffle) => {
    const order = epochOrder(23, shuffle, 1, 2);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    expect(epochOrder(23, shuffle, 1, 2)).toEqual(order);
    const plain = shuffle === false || shuffle === 1;
    expect([...order].every((row, i) => row === i)).toBe(plain);
    if (!plain) {
      expect(epochOrder(23, shuffle, 1, 3)).not.toEqual(order);
      expect(epochOrder(23, shuffle, 2, 2)).not.toEqual(order);
    }
  });

  test("a window lets no row out before its time", () => {
    epochOrder(200, 9, 0, 0).forEach((row, at) => expect(row).toBeLessThanOrEqual(at + 9));
  });

  test("a split is the same for the same seed and covers every row", () => {
    const { train, validation } = splitRows(37, 0.25, 5);
    expect(validation.length).toBe(9);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 37 }, (_, i) => i),
    );
    expect(splitRows(37, 0.25, 5).validation).toEqual(validation);
    expect(splitRows(37, 0.25, 6).validation).not.toEqual(validation);
  });
});

describe("batches of a stream", () => {
  const data = datasetOf([
    ["x", { dtype: "i32", shape: [], values: Int32Array.from({ length: 101 }, (_, i) => i) }],
  ]);
  const source = {
    kind: "stream" as const,
    open: async function* () {
      for (let at = 0; at < 101; at += 10) {
        yield takeRows(
          data,
          Array.from({ length: Math.min(10, 101 - at) }, (_, i) => at + i),
        );
      }
    },
  };
  const collect = async (
    options: Partial<BatchOptions>,
  ): Promise<readonly (readonly number[])[]> => {
    const batches: number[][] = [];
    const all: BatchOptions = { ...everyExample, batch: 8, shuffle: 20, ...options };
    for await (const batch of batchesOf(source, all)) batches.push([...batch["x"]!]);
    return batches;
  };

  test("hold every example once, mixed, the last one smaller", async () => {
    const batches = await collect({});
    expect(batches.map((batch) => batch.length)).toEqual([...new Array(12).fill(8), 5]);
    expect(batches.flat().toSorted((a, b) => a - b)).toEqual([...data.columns.get("x")!.values]);
    expect(batches.flat()).not.toEqual([...data.columns.get("x")!.values]);
    expect((await collect({ dropLast: true })).length).toBe(12);
  });

  test("can be entered in the middle", async () => {
    expect(await collect({ skip: 4 })).toEqual((await collect({})).slice(4));
    expect(await collect({ skip: 13 })).toEqual([]);
  });

  test("split into parts that do not meet", async () => {
    const train = (await collect({ part: "train", share: 0.3 })).flat();
    const validation = (await collect({ part: "validation", share: 0.3 })).flat();
    expect(validation.length).toBeGreaterThan(15);
    expect([...train, ...validation].toSorted((a, b) => a - b)).toEqual([
      ...data.columns.get("x")!.values,
    ]);
  });
});

describe("normalisation", () => {
  const rows = 57;
  const data = datasetOf([
    [
      "x",
      {
        dtype: "f32",
        shape: [3],
        // A spread column, a far narrow one, a constant one.
        values: Float32Array.from({ length: 3 * rows }, (_, i) =>
          i % 3 === 2
            ? 4
            : i % 3 === 0
              ? normalAt(1, 2, 0, i) * 5
              : 1e4 + normalAt(1, 2, 0, i) * 0.1,
        ),
      },
    ],
    ["y", { dtype: "i32", shape: [], values: new Int32Array(rows) }],
  ]);
  const column = (set: Dataset, at: number): readonly number[] =>
    valuesOf(set, "x").filter((_, i) => i % 3 === at);

  test("standard gives mean 0 and deviation 1", async () => {
    const normalised = normaliseDataset(await fitNormalisation([data], [["x", "standard"]]), data);
    for (const at of [0, 1]) {
      const values = column(normalised, at);
      const mean = values.reduce((sum, v) => sum + v, 0) / rows;
      expect(mean).toBeCloseTo(0, 4);
      expect(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / rows).toBeCloseTo(1, 4);
    }
    expect(column(normalised, 2)).toEqual(new Array(rows).fill(0));
    expect(normalised.columns.get("y")).toBe(data.columns.get("y"));
  });

  test("minmax gives 0 to 1", async () => {
    const normalised = normaliseDataset(await fitNormalisation([data], [["x", "minmax"]]), data);
    for (const at of [0, 1]) {
      expect(Math.min(...column(normalised, at))).toBe(0);
      expect(Math.max(...column(normalised, at))).toBeCloseTo(1, 6);
    }
  });

  test("fitted in pieces is fitted as a whole", async () => {
    const pieces = [0, 20, 40].map((at) =>
      takeRows(
        data,
        Array.from({ length: Math.min(20, rows - at) }, (_, i) => at + i),
      ),
    );
    expect(await fitNormalisation(pieces, [["x", "standard"]])).toEqual(
      await fitNormalisation([data], [["x", "standard"]]),
    );
  });

  test("travels with the weights' notes, exactly", async () => {
    const fitted = await fitNormalisation([data], [["x", "standard"]]);
    const metadata = new Map<string, string>();
    noteNormalisation(metadata, fitted);
    const read = readNormalisation(metadata);
    expect(read).toEqual(fitted);
    const x = data.columns.get("x")!.values as Float32Array;
    const batch = { x: x.slice(0, 6), other: Int32Array.of(1) };
    const normalised = normaliseBatch(read, batch);
    expect([...normalised.x]).toEqual(valuesOf(normaliseDataset(fitted, data), "x").slice(0, 6));
    expect(normalised.other).toBe(batch.other);
    expect(readNormalisation(new Map())).toEqual(new Map());
  });

  test("refuses integer fields, unknown fields and broken notes", async () => {
    await expectError(() => fitNormalisation([data], [["y", "standard"]]), "bad-data", "`y`");
    await expectError(() => fitNormalisation([data], [["z", "standard"]]), "bad-data", "`z`");
    for (const text of ["", "null", '{"x":{}}', '{"x":{"shift":[1],"scale":["a"]}}']) {
      const metadata = new Map([["dlm.normalisation", text]]);
      await expectError(() => readNormalisation(metadata), "bad-safetensors");
    }
  });
});
