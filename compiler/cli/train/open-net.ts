// A .dlm file and saved weights into one net that predicts: a net of the recipe, or a model on its own.

import type { EntryProgram, FieldSpec, SteppingProgram } from "../../../runtime/abi.ts";
import { startModel } from "../../../runtime/model.ts";
import { startTrainer } from "../../../runtime/trainer.ts";
import { instantiate } from "../../backends/instantiate.ts";
import { deviceFor, targetOf } from "../backends.ts";
import type { BackendOptions } from "../backends.ts";
import { chooseModule, compileFile } from "../compile-file.ts";
import { CompilerBug } from "../../../grammar/bug.ts";
import type { Module } from "../../ir/module.ts";
import type { Terminal } from "../terminal.ts";
import { netOf, RecipeTrainer } from "./recipe-trainer.ts";
import type { Net } from "./recipe-trainer.ts";
import { chooseNet, loadNets } from "./weights-file.ts";

export type OpenNet = {
  readonly net: Net;
  /** Ends what it runs on. */
  readonly dispose: () => void;
  readonly module: Module;
  /** Name of the net inside its recipe; "" for a model on its own. */
  readonly prefix: string;
  readonly forward: EntryProgram;
  /** How it runs one position at a time, null when it cannot. */
  readonly stepping: SteppingProgram | null;
  /** What the net takes. */
  readonly inputs: readonly FieldSpec[];
  /** All fields of the recipe's data, [] without a recipe: data files often hold them all. */
  readonly fields: readonly FieldSpec[];
  /** Number of classes of the recipe's labels, null when it has none. */
  readonly classes: number | null;
};

const inputsOf = (forward: EntryProgram): readonly FieldSpec[] =>
  forward.data.map(({ name, dtype, shape }) => ({ name, dtype, shape }));

/** A whole number per example that the net does not take is a class, when the net gives a score for each of several. */
const classesOf = (forward: EntryProgram, fields: readonly FieldSpec[]): number | null => {
  const taken = new Set(forward.data.map(({ name }) => name));
  const labels = fields.filter(
    ({ name, dtype, shape }) => dtype === "i32" && shape.length === 1 && !taken.has(name),
  );
  const results = forward.outputs.filter(({ kind }) => kind === "result");
  const scores = results.length === 1 && results[0]!.shape.length === 2 ? results[0]!.shape[1] : 0;
  return labels.length === 1 && typeof scores === "number" && scores > 1 ? scores : null;
};

/** A recipe serves when it has the net that is meant, so that its own configuration of the model counts. */
const recipeFor = (modules: readonly Module[], name: string | undefined): Module | null => {
  const recipes = modules.filter(({ train }) => train !== null);
  const nets = recipes.flatMap(({ train }) => train?.models.map((net) => net.name) ?? []);
  if (recipes.length !== 1) return null;
  return name === undefined || nets.includes(name) ? recipes[0]! : null;
};

/** Without `weights` they are as drawn. */
export const openNet = async (
  terminal: Terminal,
  file: string,
  weights: string | null,
  name: string | undefined,
  batch: number | undefined,
  on: BackendOptions,
): Promise<OpenNet> => {
  const settings = batch === undefined ? {} : { settings: { batch } };
  const target = targetOf(on);
  const { backend } = target;
  const { modules, textOf } = compileFile(terminal, file, { ...settings, ...target });
  const recipe = recipeFor(modules, name);
  if (recipe === null) {
    const module = chooseModule(modules, "model", name);
    const program = await instantiate(module, { textOf, backend });
    if (!("forward" in program)) throw new CompilerBug("a model became a recipe");
    const net = await startModel(netOf(program), await deviceFor(on, module.precision));
    if (weights !== null) await loadNets(terminal, new Map([[program.name, net]]), weights);
    const { forward, stepping = null } = program;
    const inputs = inputsOf(forward);
    const dispose = (): void => net.dispose();
    return {
      net,
      dispose,
      module,
      prefix: "",
      forward,
      stepping,
      inputs,
      fields: [],
      classes: null,
    };
  }
  const program = await instantiate(recipe, { textOf, backend });
  if (!("steps" in program)) throw new CompilerBug("a recipe became a model");
  const trainer = await startTrainer(
    new RecipeTrainer(program),
    await deviceFor(on, recipe.precision),
  );
  const [chosen, net] = chooseNet(trainer.nets, name);
  if (weights !== null) await loadNets(terminal, trainer.nets, weights);
  const { forward, stepping = null } = program.nets.find((one) => one.name === chosen)!;
  return {
    net,
    dispose: () => trainer.dispose(),
    module: recipe,
    prefix: chosen,
    forward,
    stepping,
    inputs: inputsOf(forward),
    fields: program.fields,
    classes: classesOf(forward, program.fields),
  };
};
