// A program as it is emitted: its graph after all passes in the interpreter, then its code.

import type { Entry, Module } from "../../compiler/ir/module.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { optimise } from "../../compiler/pipeline.ts";
import { initialValues } from "../programs/twin.ts";
import { afterStores, dataOf, inputsOf, sizesOf } from "./bind.ts";
import type { Values } from "./bind.ts";
import { differenceOf, firstOf } from "./compare.ts";
import type { Verdict } from "./compare.ts";
import { emit, runLaidOut } from "./emitted.ts";
import { keepingOf } from "./keeping.ts";
import type { Program } from "./program.ts";
import { createChoices } from "./random.ts";
import { storeInputs } from "./store-inputs.ts";

const tolerances = { pass: 1e-9, forward: 1e-5, gradient: 1e-4 };

/** Half of the programs run as they are, half with what is prepared from stored inputs. */
const withStored = (program: Program, module: Module): Module => {
  if ((program.seed >> 5) % 2 === 0) return module;
  const choices = createChoices(program.seed ^ 0x7f4a7c15);
  const kept = new Set(program.inputs.filter(() => choices.below(2) === 0).map(({ name }) => name));
  return storeInputs(module, (name) => !kept.has(name));
};

/** In each fourth program entries for single positions are looked for: they are planned and emitted. */
const isStepped = ({ seed }: Program): boolean => seed % 4 === 2;

/** What runs one entry on its inputs, in order. */
type Run = (
  entry: Entry,
  inputs: readonly Tensor[],
) => { readonly outputs: readonly Tensor[]; readonly verdict: Verdict };

export const forwardVerdict = async (program: Program, elaborated: Module): Promise<Verdict> => {
  const module = withStored(program, elaborated);
  const [data, sizes] = [dataOf(program), sizesOf(program)];
  const env = new Map(Object.entries(sizes));
  const start: Values = new Map([...initialValues(module), ...data]);
  const bound = (entry: Entry, stored: Values): readonly Tensor[] =>
    inputsOf(entry, data, stored, sizes);
  const [entry] = module.entries;
  const truth = interpretGraph(differentiate(entry!.graph), bound(entry!, start), env);
  const optimised = optimise(module, null, keepingOf(program), isStepped(program));
  const before = optimised.entries.find(({ name }) => name === optimised.prepare);
  const names = entry!.outputs.map((output) => (output.kind === "result" ? output.name : ""));

  const verdictOf = (what: string, run: Run, toleranceOf: (name: string) => number): Verdict => {
    const prepared = before && run(before, bound(before, start));
    if (prepared && prepared.verdict !== null) return prepared.verdict;
    const stored = prepared ? afterStores(before!, start, prepared.outputs) : start;
    const forward = optimised.entries[0]!;
    const { outputs, verdict } = run(forward, bound(forward, stored));
    if (verdict !== null) return verdict;
    return firstOf(
      names.map((name, k) =>
        differenceOf(`${what}: ${name}`, truth[k]!.data, outputs[k]!.data, toleranceOf(name)),
      ),
    );
  };
  const interpreted: Run = ({ graph }, inputs) => ({
    outputs: interpretGraph(graph, inputs, env),
    verdict: null,
  });
  const ofPasses = verdictOf("all passes", interpreted, () => tolerances.pass);
  if (ofPasses !== null) return ofPasses;
  const emitted = await emit(optimised);
  const run: Run = ({ name }, inputs) => runLaidOut(emitted, name, inputs, sizes);
  return verdictOf("emitted", run, (name) =>
    name === "value" ? tolerances.forward : tolerances.gradient,
  );
};
