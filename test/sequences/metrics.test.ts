// Metrics of padded batches over a whole set: exact, however the sequences are batched and padded.

import { expect, test } from "vitest";
import { batchesOf } from "../../runtime/data/batches.ts";
import { datasetOf, selectFields } from "../../runtime/data/dataset.ts";
import { sequenceColumn } from "../../runtime/data/sequences.ts";
import { compileRecipe, start } from "../runtime/recipe.ts";

const recipe = `block Scale()(x: [B, T]) -> [B, T] {
  param a: float = 2
  return a * x
}

train Fit {
  data x: [B, T], lengths: int[B], label: int[B, T], weight: [B]
  let net = Scale()
  let real = within(lengths, T)
  let loss = mean_where(net(x)^2, real)
  minimize loss using Sgd()
  metric growth = exp(loss)
  metric positive = mean_where(x > 0, real)
  metric positions = sum(real)
  metric known = mean_where(x, label != -1)
  metric longest = max(if real then x else -inf)
  metric weighted = weighted_mean(sum(if real then x else 0, over = 1), weight)
  metric hits = precision(real and x > 0, real and label == 1)
}
`;

const sequences = [5, 1, 3, 7, 2, 2, 4, 1, 6].map((length, i) =>
  Array.from({ length }, (_, t) => Math.fround(Math.sin(5 * i + 3 * t))),
);
const labels = sequences.map((one, i) => one.map((_, t) => ((i + t) % 3) - 1));
const weights = sequences.map((_, i) => (i % 4) / 2);

const expected = (): Readonly<Record<string, number>> => {
  const all = sequences.flat();
  const tags = labels.flat();
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const loss = mean(all.map((x) => 4 * x * x));
  const sums = sequences.map((one) => one.reduce((a, b) => a + b, 0));
  const total = weights.reduce((a, b) => a + b, 0);
  return {
    loss,
    growth: Math.exp(loss),
    positive: mean(all.map((x) => Number(x > 0))),
    positions: all.length,
    known: mean(all.filter((_, i) => tags[i] !== -1)),
    longest: Math.max(...all),
    weighted: sums.reduce((sum, x, i) => sum + x * weights[i]!, 0) / total,
    hits: mean(tags.filter((_, i) => all[i]! > 0).map((tag) => Number(tag === 1))),
  };
};

test.each([
  { batch: 1, shuffle: false },
  { batch: 4, shuffle: false },
  { batch: 4, shuffle: true },
  { batch: 9, shuffle: false },
])("in batches of $batch, in buckets: $shuffle", async ({ batch, shuffle }) => {
  const trainer = await start(await compileRecipe(recipe));
  const data = selectFields(
    datasetOf([
      [
        "x",
        sequenceColumn(
          sequences.map((one) => Float32Array.from(one)),
          { padding: 100 },
        ),
      ],
      [
        "label",
        sequenceColumn(
          labels.map((one) => Int32Array.from(one)),
          { padding: -1 },
        ),
      ],
      ["weight", { dtype: "f32", shape: [], values: Float32Array.from(weights) }],
    ]),
    trainer.fields,
  );
  const options = { dropLast: false, seed: 1, epoch: 0, skip: 0, part: "all", share: 0 } as const;
  const batches = batchesOf({ kind: "table", data }, { ...options, batch, shuffle });
  const found = await trainer.evaluate(batches);
  const wanted = expected();
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(wanted).toSorted());
  for (const [name, value] of Object.entries(wanted))
    expect(found[name], name).toBeCloseTo(value, 5);
});
