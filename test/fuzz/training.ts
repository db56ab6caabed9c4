// Trains a program for a few executions, as emitted code and in the interpreter: updates in place, their order, rounds.

import type { Entry, Module } from "../../compiler/ir/module.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { optimise } from "../../compiler/pipeline.ts";
import { turnsOf, updatesOf } from "../../runtime/rounds.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf } from "../goldens/interpret-entry.ts";
import { initialValues } from "../programs/twin.ts";
import { afterStores, dataOf, inputsOf, sizesOf } from "./bind.ts";
import type { Values } from "./bind.ts";
import { differenceOf, firstOf } from "./compare.ts";
import type { Verdict } from "./compare.ts";
import type { Emit, Emitted } from "./emitted.ts";
import { keepingOf } from "./keeping.ts";
import type { Program } from "./program.ts";
import { accumulationOf, recipeText } from "./program.ts";

const updates = 2;
const tolerance = 1e-3;

/** A step as the only entry of a module: nothing else of the recipe is lowered. */
const alone = (module: Module, entry: Entry): Module => ({
  ...module,
  entries: [entry],
  model: { name: module.name, doc: "", forward: entry.name, prefix: "" },
  train: null,
});

type Step = { readonly derived: Entry; readonly optimised: Entry; readonly emitted: Emitted };

const stepOf = async (
  module: Module,
  name: string,
  program: Program,
  emit: Emit,
): Promise<Step> => {
  const entry = entryOf(module, name);
  const one = optimise(alone(module, entry), null, keepingOf(program), false);
  const derived = { ...entry, graph: differentiate(entry.graph) };
  return { derived, optimised: one.entries[0]!, emitted: await emit(one) };
};

/** Batch statistics of a single value, which only training takes. */
const singleValue = "DLM0410";

/** The recipe; null where it is rightly refused though the model is not. */
const recipeOf = (program: Program): Module | null => {
  try {
    return compileProgram(recipeText(program), "Fit");
  } catch (error) {
    if (error instanceof Error && error.message.startsWith(singleValue)) return null;
    throw error;
  }
};

export const trainingVerdict = async (program: Program, emit: Emit): Promise<Verdict> => {
  const module = recipeOf(program);
  if (module === null) return null;
  const { steps } = module.train!;
  const [data, sizes] = [dataOf(program), sizesOf(program)];
  const env = new Map(Object.entries(sizes));
  const accumulate = accumulationOf(program);
  const turns = turnsOf(steps, accumulate);
  const made = new Map<string, Step>();
  let [own, want]: readonly [Values, Values] = [initialValues(module), initialValues(module)];
  for (let n = 0; n < updates * accumulate; n++) {
    const turn = turns[n % turns.length]!;
    const { entry, partial } = steps[turn.step]!;
    const name = turn.updates ? entry : (partial ?? entry);
    const step = made.get(name) ?? (await stepOf(module, name, program, emit));
    made.set(name, step);
    const { derived, optimised, emitted } = step;
    const at = [updatesOf(turns, turn.step, n) + 1, n] as const;
    const expected = interpretGraph(derived.graph, inputsOf(derived, data, want, sizes, at), env);
    const inputs = inputsOf(optimised, data, own, sizes, at);
    const { outputs, verdict } = await emitted.run(name, inputs, sizes);
    if (verdict !== null) return `training, ${verdict}`;
    const apart = firstOf(
      derived.outputs.map((output, k) => {
        const what = output.kind === "store" ? output.path : output.kind;
        return differenceOf(what, expected[k]!.data, outputs[k]!.data, tolerance);
      }),
    );
    if (apart !== null) return `training: ${apart} after execution ${n + 1}`;
    own = afterStores(derived, own, outputs);
    want = afterStores(derived, want, expected);
  }
  return null;
};
