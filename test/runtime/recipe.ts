// A recipe's text → its program and trainers of it, for tests under compiled code.
import { expect } from "vitest";
import type { Backend } from "../../compiler/backends/backend.ts";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { startTrainer, Trainer, type TrainerOptions } from "../../runtime/trainer.ts";

export type Numbers = Readonly<Record<string, number>>;

/** For TypeScript unless told. */
export const compileRecipe = async (text: string, backend?: Backend): Promise<TrainProgram> => {
  const { modules, diagnostics, textOf } = compile({
    entry: "a.dlm",
    read: (path) => (path === "a.dlm" ? text : null),
  });
  expect(diagnostics).toEqual([]);
  const options = { textOf, ...(backend === undefined ? {} : { backend }) };
  const programs = await Promise.all(modules.map((module) => instantiate(module, options)));
  const recipe = programs.find((program) => "steps" in program);
  if (recipe === undefined) throw new Error("no recipe was compiled");
  return recipe;
};

export const start = (program: TrainProgram, options: TrainerOptions = {}) =>
  startTrainer(new Trainer<ArrayBatch, Numbers, Numbers>(program), options);
