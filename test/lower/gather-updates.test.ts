// One launch updates neighbouring weights; what it must not take along.

import { expect, test } from "vitest";
import { lower } from "../../compiler/lower/lower.ts";
import { peakBytes } from "../../compiler/lower/plan.ts";
import type { EntryPlan, Plan } from "../../compiler/lower/plan.ts";
import { optimise } from "../../compiler/pipeline.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { createChoices } from "../fuzz/random.ts";
import { compileProgram } from "../goldens/compile.ts";
import { mlp } from "../programs/mlp.ts";
import { trainingApart } from "../programs/twin.ts";

const planOf = (text: string, recipe: string): Plan =>
  lower(optimise(compileProgram(text, recipe)));
const stepOf = (plan: Plan): EntryPlan => plan.entries.find(({ entry }) => entry.name === "step")!;
const gatheredIn = (plan: Plan): readonly string[] =>
  stepOf(plan).notes.filter((note) => note.startsWith("gather"));

test("a network of three layers takes eleven launches and little memory", () => {
  const plan = planOf(mlp("batch: 64"), "MlpTrainer");
  const step = stepOf(plan);
  expect(step.dispatches.length).toBeLessThanOrEqual(11);
  // Weights, gradients and two states; activations of the hidden layers and scores; data and numbers from the host.
  const [weights, activations] = [4 * 943_680, 4 * 64 * (256 + 128 + 10) + 512];
  const given = 4 * (64 * 784 + 64 + 2 * 16);
  expect(peakBytes(step, new Map([["B", 64]]))).toBeLessThanOrEqual(weights + activations + given);
});

test("under a budget every gradient goes before the next comes", () => {
  const [free, bound] = ["batch: 64", 'batch: 64\n  memory: "100MB"'].map((s) =>
    planOf(mlp(s), "MlpTrainer"),
  );
  expect(gatheredIn(free!)).toHaveLength(1);
  expect(gatheredIn(bound!)).toEqual([]);
  const peak = (plan: Plan): number => peakBytes(stepOf(plan), new Map([["B", 64]]));
  expect(peak(bound!)).toBeLessThan(peak(free!));
});

/** Weights of odd sizes, two of which have one gradient; groups with a rate or an optimizer of their own. */
const groups = (targets: string): string => `block Twice(x: [B, N]) -> [B, N] {
  param a: [N] = 0.25
  param b: [N] = 0.5
  return x + a + b
}

model Net(x: [B, 3]) -> [B, 2] {
  let first = Dense(5)
  let middle = Dense(7)
  let last = Dense(2)
  return x -> first -> tanh -> Twice() -> middle -> tanh -> last
}

train Fit {
  data x: [B, 3], y: [B, 2]
  let net = Net()
  minimize mean((net(x) - y)^2) ${targets}
}
`;

test.each([
  ["one group", "using Adam(lr = 0.01, eps = 1e-3)", 2],
  ["a limit for the norm of all gradients", "using Adam(lr = 0.01, eps = 1e-3) clip 0.5", 2],
  [
    "two rates",
    "over net.first, net.Twice_0 using Adam(lr = 0.01, eps = 1e-3) over net.middle, net.last using Adam(lr = 0.02, eps = 1e-3)",
    2,
  ],
  [
    "two optimizers, taking turns in memory",
    "over net.first, net.last using Adam(lr = 0.01, eps = 1e-3) over net.middle, net.Twice_0 using RmsProp(lr = 0.01, eps = 1e-3)",
    2,
  ],
])("%s: trains as the interpreter does", async (_, targets, launches) => {
  const text = groups(targets);
  expect(gatheredIn(planOf(text, "Fit")).length).toBe(launches);
  const choices = createChoices(4);
  const values = (count: number): readonly number[] =>
    Array.from({ length: count }, () => (choices.below(129) - 64) / 64);
  const batches = [3, 5, 1].map(
    (rows) =>
      new Map([
        ["x", tensor("f32", [rows, 3], values(3 * rows))],
        ["y", tensor("f32", [rows, 2], values(2 * rows))],
      ]),
  );
  const apart = await trainingApart(compileProgram(text, "Fit"), (n) => batches[n]!, 3);
  for (const [what, difference] of apart) expect(difference, what).toBeLessThan(1e-5);
});
