// A .dlm file into a recipe ready to run: compiled, with its weights drawn.

import type { TrainProgram } from "../../../runtime/abi.ts";
import { startTrainer } from "../../../runtime/trainer.ts";
import { instantiate } from "../../backends/instantiate.ts";
import type { Module } from "../../ir/module.ts";
import { deviceFor, targetOf } from "../backends.ts";
import type { BackendOptions } from "../backends.ts";
import { chooseModule, compileFile } from "../compile-file.ts";
import { UserError } from "../exit-code.ts";
import { shownPath } from "../files.ts";
import type { Terminal } from "../terminal.ts";
import { parseDataWords } from "./data-arguments.ts";
import { noData } from "./data-help.ts";
import { examplesOf } from "./examples.ts";
import type { Examples } from "./examples.ts";
import { checkRanges } from "./ranges.ts";
import { readData } from "./read-data.ts";
import { RecipeTrainer } from "./recipe-trainer.ts";
import { defaultBatch, settingsOf } from "./settings.ts";
import type { SettingOptions } from "./settings.ts";
import { staysOnDisk, streamData } from "./stream-data.ts";

export type Recipe = {
  /** The .dlm file as it is shown. */
  readonly file: string;
  readonly module: Module;
  readonly program: TrainProgram;
  readonly trainer: RecipeTrainer;
  readonly batch: number;
};

export type RecipeOptions = SettingOptions &
  BackendOptions & { readonly name?: string; readonly json?: boolean };

export const openRecipe = async (
  terminal: Terminal,
  file: string,
  options: RecipeOptions,
): Promise<Recipe> => {
  const target = targetOf(options);
  const { modules, textOf } = compileFile(terminal, file, {
    json: options.json ?? false,
    settings: settingsOf(options),
    steps: false,
    ...target,
  });
  const module = chooseModule(modules, "train", options.name);
  const program = await instantiate(module, { textOf, backend: target.backend });
  if (!("steps" in program)) throw new UserError(`\`${module.name}\` is no recipe`);
  const trainer = await startTrainer(
    new RecipeTrainer(program),
    await deviceFor(options, module.precision),
  );
  return {
    file: shownPath(terminal, file),
    module,
    program,
    trainer,
    batch: program.settings.batch ?? defaultBatch,
  };
};

export type DataOptions = { readonly header?: boolean };

/** Examples, and what was done to their values on the way that the user should know. */
export type RecipeData = { readonly examples: Examples; readonly notes: readonly string[] };

/**
 * The files after `option` for the fields of the recipe, what they hold checked. They stay on disk where they are large
 * or where `shuffle` is a window.
 */
export const readRecipeData = async (
  terminal: Terminal,
  recipe: Recipe,
  option: "--data" | "--test",
  words: readonly string[] | undefined,
  { header = false }: DataOptions,
  command = "dlm train",
): Promise<RecipeData> => {
  const { fields, evaluate, steps, name } = recipe.program;
  if (words === undefined) throw noData(command, recipe.file, name, fields);
  const files = parseDataWords(
    option,
    words,
    fields.map((field) => field.name),
  );
  const entries = [evaluate, ...steps.map(({ entry }) => entry)];
  const mixed = typeof recipe.trainer.settings.shuffle === "number";
  if (staysOnDisk(terminal, files, mixed))
    return streamData(terminal, files, fields, entries, { header });
  const { data, notes } = readData(terminal, files, fields, { header, entries });
  checkRanges(entries, data, files.kind === "table" ? files.path : words.join(" "));
  return { examples: examplesOf(data), notes };
};
