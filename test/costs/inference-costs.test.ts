// What one call without training costs: ops, launches and bytes before and after weights are prepared.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { reportOf } from "../../compiler/cli/inspect/report.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { compile, optimise } from "../../compiler/pipeline.ts";

const example = (path: string): string =>
  readFileSync(new URL(`../../examples/${path}`, import.meta.url), "utf8");

const moduleOf = (text: string, name: string): Module => {
  const read = (): string => text;
  const { modules, diagnostics } = compile({ entry: "a.dlm", read, optimise: false });
  expect(diagnostics).toEqual([]);
  return modules.find((module) => module.name === name)!;
};

/** Ops that compute something: neither views nor constants. */
const arithmetic = ({ ops }: Graph): number =>
  ops.filter(
    ({ name }) => !/^(reshape|transpose|broadcast|slice|pad|window|constant|iota)$/.test(name),
  ).length;

const norms = `model Norms(x: [B, 9, 7, 4]) -> [B, 3] {
  let h = x -> Conv(6, 3, groups = 2, bias = false) -> BatchNorm() -> gelu
    -> DepthwiseConv(3, multiplier = 2) -> BatchNorm() -> max_pool(2) -> flatten
  return h -> Dense(11) -> BatchNorm(affine = false) -> relu -> BatchNorm() -> Dropout(0.5) -> Dense(3)
}
`;

const models = [
  ["DigitsCnn", example("digits/cnn.dlm")],
  ["Norms", norms],
  ["DigitsMlp", example("digits/mlp.dlm")],
  ["Gpt", example("gpt/gpt.dlm")],
] as const;

const costsOf = (module: Module): readonly string[] => {
  const { entries } = reportOf(lower(module), 32);
  return entries.map(({ name, dispatches, cost }) => {
    const { graph } = module.entries.find((entry) => entry.name === name)!;
    const cells = [arithmetic(graph), dispatches, Math.round(cost.bytes / 1000)];
    return name.padEnd(24) + cells.map((cell) => String(cell).padStart(12)).join("");
  });
};

test("one call of each model, before and after its weights are prepared", async () => {
  const head =
    "entry".padEnd(24) + ["ops", "launches", "kB moved"].map((t) => t.padStart(12)).join("");
  const blocks = models.map(([name, text]) => {
    const module = moduleOf(text, name);
    const [before, after] = [optimise(module, "steps"), optimise(module)].map(costsOf);
    return [`${name}, before`, head, ...before!, `${name}, after`, head, ...after!].join("\n");
  });
  await expect(`${blocks.join("\n\n")}\n`).toMatchFileSnapshot("inference-costs.txt");
});

const opNames = (module: Module, entry: string): readonly string[] =>
  module.entries.find(({ name }) => name === entry)!.graph.ops.map(({ name }) => name);

test("at inference no op of a norm after a product is left", () => {
  const names = opNames(optimise(moduleOf(example("digits/cnn.dlm"), "DigitsCnn")), "forward");
  expect(names.filter((name) => /^(sub|mul|div|sqrt)$/.test(name))).toEqual([]);
  // A bias for each convolution and the layer at the end, and the shortcut.
  expect(names.filter((name) => name === "add")).toHaveLength(6);
});

test("dropout draws in training only", () => {
  const module = optimise(moduleOf(example("digits/cnn.dlm"), "DigitsCnnTrainer"));
  expect(opNames(module, "step")).toContain("random");
  for (const entry of ["evaluate", "forward_net"])
    expect(opNames(module, entry)).not.toContain("random");
  expect(opNames(optimise(moduleOf(norms, "Norms")), "forward")).not.toContain("random");
});

test("a training step is the same with and without what is prepared", () => {
  const module = moduleOf(example("digits/cnn.dlm"), "DigitsCnnTrainer");
  const [before, after] = [optimise(module, "steps"), optimise(module)].map((one) => {
    const plan = lower(one);
    const step = plan.entries.find(({ entry }) => entry.name === "step")!;
    return { dispatches: step.dispatches.length, memory: step.memory, base: step.base };
  });
  expect(after).toEqual(before);
});
