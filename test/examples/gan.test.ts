// The two GANs in their small forms: a judge that knows digits is shown what they make.

import { expect, test } from "vitest";
import { curvesOf } from "../../examples/gan/losses.ts";
import { run } from "../../examples/gan/run.ts";
import { run as runWgan } from "../../examples/wgan-gp/run.ts";
import { runSmall } from "./run-small.ts";

/** 96 digits of 8 x 8, four times as large, 16 in a row. */
const digitGrid = [16 * 34 + 2, 6 * 34 + 2];

test("gan: most classes of digits, told with confidence", { timeout: 600_000 }, async () => {
  const { figures, pictures } = await runSmall(run);
  console.log("gan, small form:", JSON.stringify(figures));
  expect(figures["judge_accuracy"]).toBeGreaterThan(0.9);
  expect(figures["classes"]).toBeGreaterThanOrEqual(8);
  expect(figures["confidence"]).toBeGreaterThan(0.75);
  expect(pictures).toEqual({ "losses.svg": 2, "made.png": digitGrid });
});

test("wgan-gp: most classes of digits, told with confidence", { timeout: 600_000 }, async () => {
  const { figures, pictures } = await runSmall(runWgan);
  console.log("wgan-gp, small form:", JSON.stringify(figures));
  expect(figures["classes"]).toBeGreaterThanOrEqual(6);
  expect(figures["confidence"]).toBeGreaterThan(0.65);
  expect(pictures).toEqual({ "distance.svg": 1, "made.png": digitGrid });
});

test("curves are means over stretches of rounds", () => {
  const logs = Array.from({ length: 241 }, (_, i) => ({ disc: { loss: i } }));
  const [curve] = curvesOf(logs, { loss: ["disc", "loss"] });
  expect(curve!.x.length).toBe(81);
  expect([curve!.x[0], curve!.x[80], curve!.y[0], curve!.y[80]]).toEqual([3, 241, 1, 240]);
});
