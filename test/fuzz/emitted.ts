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

/** What an entry gives for its inputs, in order; the verdict says whether that depends on how it is run. */
export type Ran = { readonly outputs: readonly Tensor[]; readonly verdict: Verdict };

/** A module emitted for a target. */
export type Emitted = {
  readonly run: (entry: string, inputs: readonly Tensor[], sizes: Sizes) => Ran | Promise<Ran>;
};
export type Emit = (module: Module) => Promise<Emitted>;

/** As TypeScript. */
export const emit: Emit = async (module) => {
  const plan = lower(module, { fewestScores: 1 });
  const entries = programsOf(await instantiatePlan(plan));
  const programs = new Map(entries.map((program) => [program.name, program]));
  return {
    run: (entry, inputs, sizes) => runLaidOut(plan, programs.get(entry)!, inputs, sizes),
  };
};

/** What memory holds before a run: NaN, and as whole numbers or floats something large. */
const [nan, garbage] = [0x7fc00000, 0x4e6e6b28];

const layouts: readonly (Memory & { readonly name: string })[] = [
  { name: "memory full of garbage", fill: garbage },
  { name: "a second run in the same memory", fill: nan, times: 2 },
  { name: "memory of its own for every buffer", fill: garbage, apart: true },
];

/** Outputs of an entry in the planned memory, and whether any other way to lay it out gives other bits. */
const runLaidOut = (
  plan: Plan,
  program: EntryProgram,
  inputs: readonly Tensor[],
  sizes: Sizes,
): Ran => {
  const run = (memory: Memory): readonly Tensor[] =>
    runProgram(plan, program, inputs, sizes, memory).outputs;
  const outputs = run({ fill: nan });
  const verdicts = function* (): Iterable<Verdict> {
    for (const layout of layouts) {
      const others = run(layout);
      for (const [k, { data }] of outputs.entries())
        yield bitDifferenceOf(
          `${program.name}, ${layout.name}: output ${k}`,
          data,
          others[k]!.data,
        );
    }
  };
  return { outputs, verdict: firstOf(verdicts()) };
};
