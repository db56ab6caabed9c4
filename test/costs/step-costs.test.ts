// What one update costs in each kind of network: launches of kernels, bytes they move, bytes at the peak.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { reportOf } from "../../compiler/cli/inspect/report.ts";
import { lower } from "../../compiler/lower/lower.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { compile } from "../../compiler/pipeline.ts";
import { mlp } from "../programs/mlp.ts";
import { gpt } from "./gpt.ts";

const example = (path: string, recipe: string): readonly [string, string, string] => [
  recipe,
  readFileSync(new URL(`../../examples/${path}`, import.meta.url), "utf8"),
  path,
];

const recipes = [
  ["MlpTrainer", mlp(), "MLP 784-256-128-10"] as const,
  example("digits/cnn.dlm", "DigitsCnnTrainer"),
  example("char-lstm/char-lstm.dlm", "CharTrainer"),
  example("vae/vae.dlm", "Vae"),
  example("gan/gan.dlm", "Gan"),
  example("moe/moe.dlm", "ExpertsTrainer"),
  example("gpt/gpt.dlm", "GptTrainer"),
  ["GptTrainer", gpt(), "GPT of 6 layers, 384, context 256"] as const,
];

const moduleOf = (name: string, text: string): Module => {
  const { modules } = compile({ entry: "a.dlm", read: () => text, steps: false });
  return modules.find((one) => one.name === name)!;
};

const rows = recipes.flatMap(([name, text, title]) => {
  const module = moduleOf(name, text);
  const { entries } = reportOf(lower(module), module.train!.settings.batch);
  return entries
    .filter((entry) => module.train!.steps.some((step) => step.entry === entry.name))
    .map((entry) => ({
      what: `${title}, ${entry.name}`,
      launches: entry.dispatches,
      moved: Math.round(entry.cost.bytes / 1000),
      peak: Math.round(entry.peakBytes / 1000),
    }));
});

test("one update of each recipe", async () => {
  const line = (what: string, ...cells: readonly (string | number)[]): string =>
    what.padEnd(36) + cells.map((cell) => String(cell).padStart(12)).join("");
  const text = [
    line("update", "launches", "kB moved", "kB at peak"),
    ...rows.map(({ what, launches, moved, peak }) => line(what, launches, moved, peak)),
  ].join("\n");
  console.log(text);
  await expect(`${text}\n`).toMatchFileSnapshot("step-costs.txt");
});

test("attention over 256 positions keeps nothing for each pair of them", () => {
  const step = lower(moduleOf("GptTrainer", gpt())).entries.find(
    ({ entry }) => entry.name === "step",
  )!;
  const forPairs = step.slots.filter(({ shape }) => shape.filter((dim) => dim === 256).length > 1);
  expect(forPairs.map(({ name }) => name)).toEqual([]);
});
