// Runs entries as emitted code, in memory laid out in several ways, none of which may show in the results.

import { instantiatePlan } from "../../compiler/backends/instantiate.ts";
import type { Module } from "../../compiler/ir/module.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { lower } from "../../compiler/lower/lower.ts";
import type { Plan } from "../../compiler/lower/plan.ts";
import type { EntryProgram } from "../../runtime/abi.ts";
import { programsOf, runProgram } from "../backends/run-entry.ts";
import type { Memory } from "../backends/run-entry.ts";
import type { Sizes } from "./bind.ts";
import { bitDifferenceOf, firstOf } from "./compare.ts";
import type { Verdict } from "./compare.ts";

export type Emitted = {
  readonly plan: Plan;
  readonly programs: ReadonlyMap<string, EntryProgram>;
};

export const emit = async (module: Module): Promise<Emitted> => {
  const plan = lower(module, { fewestScores: 1 });
  const programs = programsOf(await instantiatePlan(plan));
  return { plan, programs: new Map(programs.map((program) => [program.name, program])) };
};

/** What memory holds before a run: NaN, and as whole numbers or floats something large. */
const [nan, garbage] = [0x7fc00000, 0x4e6e6b28];

const layouts: readonly (Memory & { readonly name: string })[] = [
  { name: "memory full of garbage", fill: garbage },
  { name: "a second run in the same memory", fill: nan, times: 2 },
  { name: "memory of its own for every buffer", fill: garbage, apart: true },
];

/** Outputs of an entry in the planned memory, and whether any other way to lay it out gives other bits. */
export const runLaidOut = (
  { plan, programs }: Emitted,
  name: string,
  inputs: readonly Tensor[],
  sizes: Sizes,
): { readonly outputs: readonly Tensor[]; readonly verdict: Verdict } => {
  const program = programs.get(name)!;
  const run = (memory: Memory): readonly Tensor[] =>
    runProgram(plan, program, inputs, sizes, memory).outputs;
  const outputs = run({ fill: nan });
  const verdicts = function* (): Iterable<Verdict> {
    for (const layout of layouts) {
      const others = run(layout);
      for (const [k, { data }] of outputs.entries())
        yield bitDifferenceOf(`${name}, ${layout.name}: output ${k}`, data, others[k]!.data);
    }
  };
  return { outputs, verdict: firstOf(verdicts()) };
};
