// What steps of training and predictions leave in memory, and what they make on the way.

import { fileURLToPath } from "node:url";
import { programs } from "../programs.ts";
import { runChild } from "./built.ts";
import type { Bench, Figure, Survey } from "./figure.ts";

const steps = 10_000;

/** Bytes. */
type Left = {
  readonly perStep: number;
  readonly perPrediction: number;
  readonly heap: number;
  readonly buffers: number;
};

const fileOf = (name: string): string => fileURLToPath(new URL(name, programs));

const measure = async ({ clock }: Bench): Promise<readonly Figure[]> => {
  const args = [fileOf("fashion.dlm"), "MlpTrainer", fileOf("mlp.dlm"), "Mlp", String(steps)];
  const node = ["--expose-gc", "--max-semi-space-size=64", "--min-semi-space-size=64"];
  const { heap, buffers, perStep, perPrediction } = await runChild<Left>("memory.mjs", {
    clock,
    node,
    args,
  });
  const figure = (what: string, value: number, note = ""): Figure => ({
    what,
    // Less than half a byte for each call is what the engine does on its own.
    value: Math.round(value),
    unit: "B",
    most: 0,
    note,
  });
  return [
    figure(
      `left on the heap by each of ${steps} steps of training`,
      heap / steps,
      `${heap} bytes in all, after the garbage was collected`,
    ),
    figure("of that in buffers", buffers / steps, `${buffers} bytes in all`),
    figure("made by each `step`, 784-128-10, batch 64", perStep),
    figure("made by each `predict`, 784-512-256-128-10, batch 1", perPrediction),
  ];
};

export const memory: Survey = {
  name: "memory",
  what: "bytes on the heap of JavaScript",
  measure,
};
