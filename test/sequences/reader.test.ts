// Examples of different lengths: padded batches in buckets, resumed in the middle; JSON Lines into them.

import { describe, expect, test } from "vitest";
import type { FieldSpec } from "../../runtime/abi.ts";
import { batchesOf, everyExample, type BatchOptions } from "../../runtime/data/batches.ts";
import { datasetOf, gather, selectFields, takeRows } from "../../runtime/data/dataset.ts";
import type { ArrayBatch, Dataset, Source } from "../../runtime/data/dataset.ts";
import { jsonLinesReader } from "../../runtime/data/json-lines.ts";
import { lengthsOf, sequenceColumn } from "../../runtime/data/sequences.ts";
import { fit } from "../../runtime/fit.ts";
import { collectBatches } from "../runtime/collect-batches.ts";
import { expectError } from "../runtime/errors.ts";
import { compileRecipe, start } from "../runtime/recipe.ts";
import { classifier, examples } from "./recipe.ts";

const fields: readonly FieldSpec[] = [
  { name: "tokens", dtype: "i32", shape: ["B", "T"] },
  { name: "lengths", dtype: "i32", shape: ["B"] },
  { name: "label", dtype: "i32", shape: ["B"] },
];

const dataOf = (count: number): Dataset => {
  const all = examples(count);
  const labels = Int32Array.from(all, ({ label }) => label);
  return datasetOf([
    ["tokens", sequenceColumn(all.map(({ tokens }) => tokens))],
    ["label", { dtype: "i32", shape: [], values: labels }],
  ]);
};

const options: BatchOptions = { ...everyExample, batch: 4, shuffle: true, seed: 5 };

const batchesIn = (
  data: Dataset,
  changed: Partial<BatchOptions> = {},
): Promise<readonly ArrayBatch[]> =>
  collectBatches({ kind: "table", data: selectFields(data, fields) }, { ...options, ...changed });

/** The real tokens of every example of a batch, as text. */
const sequencesIn = ({ tokens, lengths }: ArrayBatch): readonly string[] => {
  const steps = tokens!.length / lengths!.length;
  return [...lengths!].map((n, i) => tokens!.slice(i * steps, i * steps + n).join(" "));
};

describe("padded batches", () => {
  test("are as long as their longest sequence and filled behind it", () => {
    const tokens = sequenceColumn(
      [[3, 1], [2], [], [4, 5, 6]].map((one) => Int32Array.from(one)),
      {
        padding: 9,
      },
    );
    const data = datasetOf([["tokens", tokens]]);
    expect(gather(data, [0, 1])).toEqual({ tokens: Int32Array.of(3, 1, 2, 9) });
    expect(gather(data, [2, 3, 1])).toEqual({ tokens: Int32Array.of(9, 9, 9, 4, 5, 6, 2, 9, 9) });
    expect(gather(data, [2])).toEqual({ tokens: Int32Array.of(9) });
    expect(gather(takeRows(data, [3, 2, 0]), [1, 2])).toEqual({
      tokens: Int32Array.of(9, 9, 3, 1),
    });
    expect([...lengthsOf(tokens).values]).toEqual([2, 1, 0, 3]);
  });

  test("positions may hold several numbers", () => {
    const one = { x: [1, 2, 3, 4], y: [5, 6] };
    const column = sequenceColumn([Float32Array.from(one.x), Float32Array.from(one.y)], {
      shape: [2],
    });
    expect(gather(datasetOf([["x", column]]), [1, 0])).toEqual({
      x: Float32Array.of(5, 6, 0, 0, 1, 2, 3, 4),
    });
    expect([...lengthsOf(column).values]).toEqual([2, 1]);
  });

  test("can be cut to a longest length", () => {
    const column = sequenceColumn([Int32Array.of(1, 2, 3), Int32Array.of(4)], { truncate: 2 });
    expect(gather(datasetOf([["x", column]]), [0, 1])).toEqual({ x: Int32Array.of(1, 2, 4, 0) });
  });

  test("fields on one axis must agree example by example", async () => {
    const make = (lengths: readonly number[]) =>
      sequenceColumn(lengths.map((length) => new Int32Array(length)));
    const data = datasetOf([
      ["tokens", make([2, 3])],
      ["tags", make([3, 2])],
    ]);
    const tags: FieldSpec = { name: "tags", dtype: "i32", shape: ["B", "T"] };
    await expectError(
      () => selectFields(data, [fields[0]!, tags]),
      "bad-data",
      "example 1 has 2 positions in `tokens` and 3 in `tags`",
    );
    expect(selectFields(data, [fields[0]!, { ...tags, shape: ["B", "S"] }]).length).toBe(2);
  });

  test("do not fit a field of one length, nor another width", async () => {
    const data = dataOf(3);
    for (const [shape, message] of [
      [["B", 4], "takes one length for all"],
      [["B", "T", 2], "needs 2 values per position, the data has 1"],
      [["B", "T", "S"], "only the axis after the first"],
    ] as const) {
      await expectError(() => selectFields(data, [{ ...fields[0]!, shape }]), "bad-data", message);
    }
    await expectError(
      () => selectFields(data, [{ name: "tag_lengths", dtype: "i32", shape: ["B"] }]),
      "bad-data",
      "the data has no `tag_lengths`",
    );
  });
});

describe("buckets", () => {
  test("an epoch visits every example once, those of like length together", async () => {
    const batches = await batchesIn(dataOf(603));
    const wanted = examples(603).map(({ tokens }) => tokens.join(" "));
    expect(batches.flatMap(sequencesIn).toSorted()).toEqual(wanted.toSorted());
    expect(batches.map(({ label }) => label!.length).toSorted()[0]).toBe(3);
    const padding = batches.reduce(
      (sum, { tokens, lengths }) =>
        sum + tokens!.length - Int32Array.from(lengths!).reduce((a, b) => a + b, 0),
      0,
    );
    // In the order of the data a third of what is computed would be padding.
    const real = wanted.reduce((sum, text) => sum + text.split(" ").length, 0);
    expect(padding).toBeLessThan(0.05 * real);
    const lengths = batches.map(({ tokens, label }) => tokens!.length / label!.length);
    expect(lengths).not.toEqual(lengths.toSorted((a, b) => a - b));
  });

  test("the order follows from seed and epoch", async () => {
    const data = dataOf(61);
    const first = await batchesIn(data);
    expect(await batchesIn(data)).toEqual(first);
    expect(await batchesIn(data, { epoch: 1 })).not.toEqual(first);
    expect(await batchesIn(data, { seed: 6 })).not.toEqual(first);
  });

  test("skipping goes on in the middle, and the small batch can be dropped wherever it is", async () => {
    const data = dataOf(61);
    const all = await batchesIn(data);
    expect(all).toHaveLength(16);
    for (const skip of [1, 7, 16]) expect(await batchesIn(data, { skip })).toEqual(all.slice(skip));
    const full = await batchesIn(data, { dropLast: true });
    expect(full).toEqual(all.filter(({ label }) => label!.length === 4));
    expect(await batchesIn(data, { dropLast: true, skip: 4 })).toEqual(full.slice(4));
  });

  test("validation takes its share, and without shuffle the order is that of the data", async () => {
    const data = dataOf(20);
    const part = async (part: BatchOptions["part"]) =>
      (await batchesIn(data, { part, share: 0.25 })).flatMap(sequencesIn);
    const [learned, kept] = [await part("train"), await part("validation")];
    expect([learned.length, kept.length]).toEqual([15, 5]);
    const wanted = examples(20).map(({ tokens }) => tokens.join(" "));
    expect([...learned, ...kept].toSorted()).toEqual(wanted.toSorted());
    expect((await batchesIn(data, { shuffle: false })).flatMap(sequencesIn)).toEqual(wanted);
  });
});

describe("training on sequences", () => {
  test("a run stopped in the middle of an epoch ends with the same bits", async () => {
    const program = await compileRecipe(classifier);
    const data: Source = { kind: "table", data: dataOf(30) };
    const whole = await start(program, { seed: 2 });
    const report = await fit(whole, { data });
    expect(report).toMatchObject({ reason: "epochs", rounds: 24 });

    const half = await start(program, { seed: 2 });
    await fit(half, { data, settings: { steps: 11 } });
    const resumed = await start(program, { checkpoint: await half.save() });
    await fit(resumed, { data });
    expect(await resumed.save()).toEqual(await whole.save());
  });

  test("evaluation does not depend on how examples are batched", async () => {
    const trainer = await start(await compileRecipe(classifier), { seed: 2 });
    const data = selectFields(dataOf(23), fields);
    const results = await Promise.all(
      [1, 3, 4].map((batch) =>
        trainer.evaluate(batchesOf({ kind: "table", data }, { ...options, batch })),
      ),
    );
    for (const { loss, accuracy } of results) {
      expect(loss).toBeCloseTo(results[0]!.loss!, 6);
      expect(accuracy).toBeCloseTo(results[0]!.accuracy!, 12);
    }
  });

  test("a sequence beyond the bound is refused", async () => {
    const trainer = await start(await compileRecipe(classifier));
    const data = datasetOf([
      ["tokens", sequenceColumn([new Int32Array(13)])],
      ["label", { dtype: "i32", shape: [], values: Int32Array.of(0) }],
    ]);
    await expectError(
      () => fit(trainer, { data: { kind: "table", data } }),
      "DLM0411",
      "T is at most 12, got 13",
    );
  });
});

describe("JSON Lines", () => {
  const read = (
    text: string,
    of: readonly FieldSpec[] = fields,
    others: readonly string[] = [],
  ) => {
    const reader = jsonLinesReader(of, { others });
    // In small pieces, so that lines are cut anywhere.
    for (let at = 0; at < text.length; at += 7) reader.push(text.slice(at, at + 7));
    return reader.end();
  };

  test("an example to a line; lengths are filled in", () => {
    const data = read(
      '\uFEFF{"tokens": [3, 1], "label": 1}\r\n\n{"label": 0, "tokens": []}\n{"tokens": [5], "label": 2}',
    );
    expect(data.length).toBe(3);
    expect(gather(data, [0, 1, 2])).toEqual({
      tokens: Int32Array.of(3, 1, 0, 0, 5, 0),
      lengths: Int32Array.of(2, 0, 1),
      label: Int32Array.of(1, 0, 2),
    });
  });

  test("lists of lists, fixed lists, bools and several sequences", () => {
    const data = read(
      '{"x": [[1, 2], [3, 4.5]], "on": [true, false, 1], "y": [7], "id": "a"}\n{"x": [[5, 6]], "on": [0, 1, true], "y": [8, 9], "id": "b"}\n',
      [
        { name: "x", dtype: "f32", shape: ["B", "T", 2] },
        { name: "on", dtype: "bool", shape: ["B", 3] },
        { name: "y", dtype: "i32", shape: ["B", "S"] },
        { name: "y_lengths", dtype: "i32", shape: ["B"] },
        { name: "lengths", dtype: "i32", shape: ["B"] },
      ],
      ["id"],
    );
    expect(gather(data, [0, 1])).toEqual({
      x: Float32Array.of(1, 2, 3, 4.5, 5, 6, 0, 0),
      on: Uint8Array.of(1, 0, 1, 0, 1, 1),
      y: Int32Array.of(7, 0, 8, 9),
      y_lengths: Int32Array.of(1, 2),
      lengths: Int32Array.of(2, 1),
    });
  });

  const good = '{"tokens": [1], "label": 0}\n';
  test.each([
    ["{oops}", "line 2: this is no JSON"],
    ["[1, 2]", "line 2: an example is an object"],
    ['{"tokens": [1]}', "line 2: there is no `label`"],
    ['{"tokens": [1], "label": 0, "lable": 1}', "line 2: `lable` is no field (the fields are"],
    ['{"tokens": [1.5], "label": 0}', "line 2: `tokens` holds 1.5, not a whole number"],
    ['{"tokens": [3000000000], "label": 0}', "line 2: `tokens` holds 3000000000, not a whole"],
    ['{"tokens": ["a"], "label": 0}', 'line 2: `tokens` holds "a", not a whole number'],
    ['{"tokens": [null], "label": 0}', "line 2: `tokens` holds null"],
    ['{"tokens": [[1]], "label": 0}', "line 2: `tokens` holds [1], not a whole number"],
    ['{"tokens": 1, "label": 0}', "line 2: `tokens` needs a list, this is 1"],
    ['{"tokens": [1], "label": [0]}', "line 2: `label` holds [0], not a whole number"],
    ['{"tokens": [1], "label": 0, "lengths": 1}', "line 2: `lengths` was missing from earlier"],
  ])("%s is refused", async (line, message) => {
    await expectError(() => read(`${good}${line}\n${good}`), "bad-json", message);
  });

  test("a list of another size is refused", async () => {
    const x: FieldSpec = { name: "x", dtype: "f32", shape: ["B", "T", 2] };
    await expectError(
      () => read('{"x": [[1, 2, 3]]}', [x]),
      "bad-json",
      "line 1: `x` needs a list of 2, this has 3",
    );
    await expectError(
      () => read('{"x": [1, 2]}', [x]),
      "bad-json",
      "line 1: `x` needs a list of 2, this is 1",
    );
  });
});
