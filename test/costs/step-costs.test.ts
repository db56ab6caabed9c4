// What one update costs in each kind of network: launches of kernels, bytes they move, bytes at the peak.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { reportOf } from "../../compiler/cli/inspect/report.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { compile } from "../../compiler/pipeline.ts";
import { mlp } from "../programs/mlp.ts";

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
];

const rows = recipes.flatMap(([name, text, title]) => {
  const { modules } = compile({ entry: "a.dlm", read: () => text, steps: false });
  const module = modules.find((one) => one.name === name)!;
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
