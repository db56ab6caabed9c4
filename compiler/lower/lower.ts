// Turns a module into a plan: stored tensors at fixed places, every entry as dispatches of kernels.

import type { Target } from "../costs/target.ts";
import { typescript } from "../costs/typescript.ts";
import { writesStored } from "../ir/module.ts";
import type { Entry, Module } from "../ir/module.ts";
import { createNaming } from "../kernel/free-name.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { halvesOf } from "./choose-halves.ts";
import { createKernelKey } from "./kernel-key.ts";
import { placeStored } from "./place-stored.ts";
import type { Plan, PlannedKernel } from "./plan.ts";
import { planEntry } from "./plan-entry.ts";
import { reuseActivation } from "./reuse-activation.ts";
import { streamScores } from "./streams/stream-scores.ts";
import { verifyPlan } from "./verify-plan.ts";

export type LowerOptions = {
  /** Attention of this many scores and more is computed row by row and stores none. */
  readonly fewestScores?: number;
  /** What kernels are weighed for. */
  readonly target?: Target;
};

/** The plan is verified: it costs little beside making it, and a wrong one would only show as wrong numbers. */
export const lower = (
  module: Module,
  { target = typescript, fewestScores = target.costs.cache / 4 }: LowerOptions = {},
): Plan => {
  const { places, words } = placeStored(module.stored, target.alignment);
  const keyOf = createKernelKey();
  const numbers = new Map<string, number>();
  const kernels: PlannedKernel[] = [];
  const fresh = createNaming(new Set());
  const numberOf = (kernel: Kernel): number => {
    const key = keyOf(kernel);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, kernels.length);
    kernels.push({ kernel: { ...kernel, name: fresh(kernel.name) } });
    return kernels.length - 1;
  };
  const shared = {
    stored: new Map(places.map((p) => [p.tensor.path, p])),
    keyOf,
    numberOf,
    target,
    // Under a budget each gradient goes as soon as its weight is updated.
    gathers: module.train?.settings.memory === null,
  };
  const derived = places.find(({ tensor }) => tensor.storage === "derived");
  // What trains outdates the derived tensors, so its arena may lie over them.
  const baseOf = (entry: Entry): number =>
    writesStored(entry) && entry.name !== module.prepare ? (derived?.offset ?? words) : words;
  const entries = module.entries.map((entry) => {
    const { graph, streams, notes } = streamScores(reuseActivation(entry.graph), fewestScores);
    const planned = planEntry({ ...entry, graph }, { ...shared, streams, base: baseOf(entry) });
    const halves = module.precision === "mixed" ? halvesOf(planned, kernels) : planned.halves;
    return { ...planned, halves, notes: [...notes, ...planned.notes] };
  });
  const plan: Plan = {
    module,
    precision: module.precision,
    stored: places,
    storedWords: words,
    kernels,
    entries,
  };
  verifyPlan(plan);
  return plan;
};
