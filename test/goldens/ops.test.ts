// Every operation of the reference numbers, forward and backward, by every engine.

import { afterAll, describe, expect, test } from "vitest";
import { engines } from "./engines.ts";
import { translate } from "./expressions/index.ts";
import { samplesOf } from "./expressions/sample.ts";
import { casesOf, goldens, ops, problemsOf } from "./op-cases.ts";

for (const engine of engines) {
  describe(`${engine.name} gives PyTorch's outputs and gradients`, () => {
    for (const op of ops) {
      test(op, { timeout: 300_000 }, async () => {
        const problems: string[] = [];
        for (const one of casesOf(op)) problems.push(...(await problemsOf(engine, op, one)));
        expect(problems).toEqual([]);
      });
    }
  });
}

afterAll(() => {
  const all = ops.flatMap((op) => samplesOf(goldens, op).map(translate));
  const programs = ops.flatMap((op) => casesOf(op).map(({ program }) => program));
  const gradients = programs.flatMap(({ results }) =>
    results.filter(({ kind }) => kind === "gradient"),
  );
  const reasons = new Map<string, number>();
  for (const translation of all) {
    if (!("reason" in translation)) continue;
    reasons.set(translation.reason, (reasons.get(translation.reason) ?? 0) + 1);
  }
  const left = [...reasons].map(([reason, n]) => `  ${n}: ${reason}`).join("\n");
  const total = `${ops.length} operations, ${programs.length} of ${all.length} samples, ${gradients.length} gradients`;
  console.log(`${total}. Not said in .dlm:\n${left}`);
});

test("119 of 125 operations and 95 % of all samples are said in .dlm", () => {
  const said = new Map(
    ops.map((op) => [op, samplesOf(goldens, op).map((s) => !("reason" in translate(s)))] as const),
  );
  const all = [...said.values()].flat();
  expect(ops.length).toBe(125);
  expect([...said.values()].filter((samples) => samples.some(Boolean)).length).toBeGreaterThanOrEqual(119);
  expect(all.length).toBe(1098);
  expect(all.filter(Boolean).length / all.length).toBeGreaterThanOrEqual(0.95);
});
