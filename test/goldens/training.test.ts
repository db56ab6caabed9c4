// The optimizer traces and schedules of the reference numbers, by every engine.

import { describe, expect, test } from "vitest";
import { engines } from "./engines.ts";
import { followed, goldens, rates } from "./follow-training.ts";
import { optimizers, optimizerSource, schedules } from "./training-cases.ts";

for (const engine of engines) {
  describe(`${engine.name} follows PyTorch's optimizers over 30 updates`, () => {
    for (const [name, optimizer] of Object.entries(optimizers)) {
      test(name, async () => {
        expect(await followed(engine, name, optimizerSource(optimizer, false))).toEqual([]);
      });
      test(`${name} with clipped gradients`, async () => {
        const source = optimizerSource(optimizer, true);
        expect(await followed(engine, `${name}_clip`, source)).toEqual([]);
      });
    }
  });

  describe(`${engine.name} gives PyTorch's learning rates`, () => {
    for (const [name, rate] of Object.entries(schedules)) {
      test(name, async () => {
        const want = goldens.get(`sched.${name}/lr`)!.data;
        const got = await rates(engine, rate, want.length);
        expect(engine.error(got, want)).toBeLessThan(engine.tolerance.output);
      });
    }
  });
}

test("all 32 traces and 9 schedules are covered", () => {
  const named = (kind: string): readonly string[] => [
    ...new Set([...goldens.keys()].flatMap((key) => (key.startsWith(kind) ? key.split("/")[0]! : []))),
  ];
  const traces = Object.keys(optimizers).flatMap((name) => [`optim.${name}`, `optim.${name}_clip`]);
  expect(traces.sort()).toEqual([...named("optim.")].sort());
  expect(traces).toHaveLength(32);
  expect(Object.keys(schedules).map((name) => `sched.${name}`).sort()).toEqual([...named("sched.")].sort());
  expect(Object.keys(schedules)).toHaveLength(9);
});
