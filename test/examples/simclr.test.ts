// Self-supervised features in the small form: a linear classifier does better on them than on those of the untrained encoder.

import { expect, test } from "vitest";
import { nearest } from "../../examples/simclr/nearest.ts";
import { run } from "../../examples/simclr/run.ts";
import { hasFashion, needsFashion, runSmall } from "./run-small.ts";

test.skipIf(!hasFashion)(
  `beats random features (${needsFashion})`,
  { timeout: 600_000 },
  async () => {
    const { figures, pictures } = await runSmall(run);
    console.log("simclr, small form:", JSON.stringify(figures));
    expect(figures["accuracy"]! - figures["random_accuracy"]!).toBeGreaterThan(0.01);
    expect(figures["accuracy"]).toBeGreaterThan(0.7);
    expect(pictures).toEqual({ "neighbours.png": [8 * 44 + 2, 10 * 44 + 2] });
  },
);

test("nearest: itself, then by cosine", () => {
  const matrix = Float32Array.from([0, 2, 1, 0, 1, 1, 0, 0, -1, -1, 0.1, 5]);
  expect(nearest(matrix, 6, 0, 4)).toEqual([0, 5, 2, 1]);
});
