// What time loops keep for their gradients under a budget: less memory, the same gradients.

import { describe, expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { peakBytes } from "../../compiler/lower/plan.ts";
import { optimise } from "../../compiler/pipeline.ts";
import type { Keeping } from "../../compiler/passes/keep-less.ts";
import { scanNotes } from "../../compiler/passes/scan-notes.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";
import { createStream } from "../ops/draw-sample.ts";
import { apart, trainEmitted, trainInterpreted } from "../programs/twin.ts";

type Case = { readonly stages: string; readonly steps: number; readonly width: number };
const recipe = ({ stages, steps, width }: Case, memory: string | null = null): string => `
train Fit {
  data x: [3, ${steps}, 4], y: [3, ${steps}, ${width}]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
  ${memory === null ? "" : `memory: "${memory}"`}
}
model Net(x: [B, T, 4]) -> [B, T, ${width}] {
  return x -> ${stages}
}`;

const peakOf = (module: Module): number => {
  const plan = lower(module);
  const step = plan.entries.find(({ entry }) => entry.name === "step")!;
  return peakBytes(step, new Map());
};

const cases: readonly Case[] = [
  { stages: "scan T { Lstm(5) }", steps: 17, width: 5 },
  { stages: "scan T reverse { Gru(5) -> Dense(2) }", steps: 16, width: 2 },
  { stages: "scan T { Lstm(3) -> Dense(4) -> relu -> Gru(5) }", steps: 11, width: 5 },
];

describe.each(cases)("$stages over $steps steps", (one) => {
  const module = compileProgram(recipe(one), "Fit");
  const next = createStream(5);
  const random = (shape: readonly number[]) =>
    tensor(
      "f32",
      shape,
      Array.from({ length: shape.reduce((a, n) => a * n, 1) }, () => 2 * next() - 1),
    );
  const data = new Map([
    ["x", random([3, one.steps, 4])],
    ["y", random([3, one.steps, one.width])],
  ]);
  const stored = new Map(
    module.stored.map(({ path, type }) => [path, random(type.shape.map(Number))]),
  );
  const updated = (keeping: Keeping | null) =>
    interpretEntry(entryOf(optimise(module, null, keeping), "step"), { data, stored });

  test.each(["carries", "segments"] as const)("keeping %s gives the same step", (keeping) => {
    const [want, got] = [updated(null), updated(keeping)];
    expect(want.stores.size).toBeGreaterThan(2);
    for (const [path, value] of want.stores)
      expect(apart(got.stores.get(path)!.data, value.data), path).toBeLessThan(1e-9);
  });

  test.each(["carries", "segments"] as const)("keeping %s trains as emitted", async (keeping) => {
    const { readings } = trainInterpreted(module, () => data, 3);
    const emitted = await trainEmitted(module, () => data, 3, undefined, { keeping });
    expect(readings[2]!.loss).toBeLessThan(readings[0]!.loss);
    readings.forEach(({ loss }, n) =>
      expect(apart([emitted.readings[n]!.loss], [loss])).toBeLessThan(1e-5),
    );
  });
});

const long: Case = { stages: "scan T { Lstm(16) }", steps: 100, width: 16 };
const compiled = (memory: string) => {
  const text = recipe(long, memory);
  return compile({ entry: "fit.dlm", read: (path) => (path === "fit.dlm" ? text : null) });
};

test("a budget chooses what is kept, and one that cannot be met is reported", () => {
  const module = compileProgram(recipe(long), "Fit");
  const [all, carries, segments] = ([null, "carries", "segments"] as const).map((keeping) =>
    peakOf(optimise(module, null, keeping)),
  );
  expect(carries).toBeLessThan(all!);
  expect(segments).toBeLessThan(carries!);
  for (const [bytes, note] of [
    [all!, /^loop of 100 steps over %h_0, %c_1$/],
    [carries!, /^loop of 100 steps .*; keeps only carries for the gradient/],
    [segments!, /^loop of 10 steps .*; keeps only carries for the gradient/],
  ] as const) {
    const { modules, diagnostics } = compiled(`${bytes}B`);
    expect(diagnostics).toEqual([]);
    const fit = modules.find(({ name }) => name === "Fit")!;
    expect(peakOf(fit)).toBe(bytes);
    expect(scanNotes(entryOf(fit, "step").graph)[0]).toMatch(note);
  }
  const { modules, diagnostics } = compiled(`${segments! - 1}B`);
  expect(modules.filter(({ name }) => name === "Fit")).toEqual([]);
  expect(diagnostics.map(({ code }) => code)).toEqual(["DLM0803"]);
});
