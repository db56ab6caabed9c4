// The networks of examples/digits reach their bars on the last 360 digits, as a mean over five seeds.

import { expect, test } from "vitest";
import { meanAccuracy } from "./train-example.ts";

const data = [
  "--data",
  "examples/digits/digits.csv.gz",
  "--holdout",
  "360",
  "--normalize",
  "standard",
];
const minutes = 60_000;

test("three hidden layers: 0.90 or better", { timeout: 10 * minutes }, async () => {
  const accuracy = await meanAccuracy(["examples/digits/mlp.dlm", ...data]);
  console.log(`digits, three hidden layers: mean test accuracy ${accuracy.toFixed(4)}`);
  expect(accuracy).toBeGreaterThanOrEqual(0.9);
});

test(
  "convolutional with a residual block: 0.925 or better",
  { timeout: 15 * minutes },
  async () => {
    const accuracy = await meanAccuracy(["examples/digits/cnn.dlm", ...data]);
    console.log(`digits, convolutional: mean test accuracy ${accuracy.toFixed(4)}`);
    expect(accuracy).toBeGreaterThanOrEqual(0.925);
  },
);
