// A program as it is emitted: its graph after all passes in the interpreter, then its code.

import type { Graph } from "../../compiler/ir/graph.ts";
import type { Entry, Module } from "../../compiler/ir/module.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { optimise } from "../../compiler/pipeline.ts";
import { initialValues } from "../programs/twin.ts";
import { afterStores, dataOf, inputsOf, sizesOf } from "./bind.ts";
import type { Sizes, Values } from "./bind.ts";
import { differenceOf, firstOf } from "./compare.ts";
import type { Verdict } from "./compare.ts";
import type { Emit, Ran } from "./emitted.ts";
import { keepingOf } from "./keeping.ts";
import type { Program } from "./program.ts";
import { createChoices } from "./random.ts";
import { storeInputs } from "./store-inputs.ts";

const ofPass = 1e-9;
/** Of emitted code: a value, or a gradient. */
export const toleranceOf = (name: string): number => (name === "value" ? 1e-5 : 1e-4);

/** Half of the programs run as they are, half with what is prepared from stored inputs. */
const withStored = (program: Program, module: Module): Module => {
  if ((program.seed >> 5) % 2 === 0) return module;
  const choices = createChoices(program.seed ^ 0x7f4a7c15);
  const kept = new Set(program.inputs.filter(() => choices.below(2) === 0).map(({ name }) => name));
  return storeInputs(module, (name) => !kept.has(name));
};

/** In each fourth program entries for single positions are looked for: they are planned and emitted. */
const isStepped = ({ seed }: Program): boolean => seed % 4 === 2;

type Forward = {
  readonly module: Module;
  /** Its entry with gradients taken and nothing else, the inputs of that, and names of its results. */
  readonly graph: Graph;
  readonly inputs: readonly Tensor[];
  readonly names: readonly string[];
  readonly sizes: Sizes;
  readonly start: Values;
  /** Inputs of an entry. */
  readonly bound: (entry: Entry, stored: Values) => readonly Tensor[];
};

export const forwardOf = (program: Program, elaborated: Module): Forward => {
  const module = withStored(program, elaborated);
  const [data, sizes] = [dataOf(program), sizesOf(program)];
  const start: Values = new Map([...initialValues(module), ...data]);
  const [entry] = module.entries;
  const bound = (one: Entry, stored: Values): readonly Tensor[] =>
    inputsOf(one, data, stored, sizes);
  const names = entry!.outputs.map((output) => (output.kind === "result" ? output.name : ""));
  const graph = differentiate(entry!.graph);
  return { module, graph, inputs: bound(entry!, start), names, sizes, start, bound };
};

type Run = (entry: Entry, inputs: readonly Tensor[]) => Ran | Promise<Ran>;

export const forwardVerdict = async (
  program: Program,
  elaborated: Module,
  emit: Emit,
): Promise<Verdict> => {
  const { module, graph, inputs, names, sizes, start, bound } = forwardOf(program, elaborated);
  const env = new Map(Object.entries(sizes));
  const truth = interpretGraph(graph, inputs, env);
  const optimised = optimise(module, null, keepingOf(program), isStepped(program));
  const before = optimised.entries.find(({ name }) => name === optimised.prepare);

  const verdictOf = async (
    what: string,
    run: Run,
    tolerance: (name: string) => number,
  ): Promise<Verdict> => {
    const prepared = before && (await run(before, bound(before, start)));
    if (prepared && prepared.verdict !== null) return prepared.verdict;
    const stored = prepared ? afterStores(before!, start, prepared.outputs) : start;
    const forward = optimised.entries[0]!;
    const { outputs, verdict } = await run(forward, bound(forward, stored));
    if (verdict !== null) return verdict;
    return firstOf(
      names.map((name, k) =>
        differenceOf(`${what}: ${name}`, truth[k]!.data, outputs[k]!.data, tolerance(name)),
      ),
    );
  };
  const interpreted: Run = ({ graph }, inputs) => ({
    outputs: interpretGraph(graph, inputs, env),
    verdict: null,
  });
  const ofPasses = await verdictOf("all passes", interpreted, () => ofPass);
  if (ofPasses !== null) return ofPasses;
  const emitted = await emit(optimised);
  const run: Run = ({ name }, inputs) => emitted.run(name, inputs, sizes);
  return verdictOf("emitted", run, toleranceOf);
};
