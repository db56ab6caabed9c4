// Modules, optimizers and schedules of PyTorch on a target: outputs, gradients, buffers, weights after updates.

import { describe, expect, test } from "vitest";
import type { LaterEngine } from "./engines.ts";
import { followed, goldens, rates } from "./follow-training.ts";
import { moduleCases } from "./module-cases.ts";
import { errorsOf } from "./module-errors.ts";
import { optimizers, optimizerSource, schedules } from "./training-cases.ts";

export const describeModules = (engine: LaterEngine): void => {
  describe("outputs, gradients and buffers of modules", () => {
    for (const one of moduleCases)
      test(one.name, async () => {
        const errors = await errorsOf(engine, one);
        expect(errors.filter(([, error]) => !(error <= engine.tolerance.gradient))).toEqual([]);
      });
  });

  describe("weights and losses over updates", () => {
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

  describe("learning rates", () => {
    for (const [name, rate] of Object.entries(schedules))
      test(name, async () => {
        const want = goldens.get(`sched.${name}/lr`)!.data;
        const got = await rates(engine, rate, want.length);
        expect(engine.error(got, want)).toBeLessThan(engine.tolerance.output);
      });
  });
};
