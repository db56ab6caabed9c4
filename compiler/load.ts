// From source text to models and recipes that run in this process.

import type { ModelProgram, TrainProgram } from "../runtime/abi.ts";
import type { ArrayBatch } from "../runtime/data/dataset.ts";
import { DlmError } from "../runtime/errors.ts";
import { Model, startModel } from "../runtime/model.ts";
import type { CreateOptions } from "../runtime/model.ts";
import { startTrainer, Trainer } from "../runtime/trainer.ts";
import type { TrainerOptions } from "../runtime/trainer.ts";
import { render } from "../grammar/render.ts";
import { compile } from "./pipeline.ts";
import type { CompileOptions } from "./pipeline.ts";
import { instantiate } from "./backends/instantiate.ts";

/** What the file declares cannot be known to TypeScript: those who know may say it. */
export type LoadedModel = {
  readonly create: <Inputs extends object = ArrayBatch, Output = Float32Array>(
    options?: CreateOptions,
  ) => Promise<Model<Inputs, Output>>;
};
export type LoadedRecipe = {
  readonly create: <
    Batch extends object = ArrayBatch,
    Log = Readonly<Record<string, number>>,
    Metrics = Readonly<Record<string, number>>,
  >(
    options?: TrainerOptions,
  ) => Promise<Trainer<Batch, Log, Metrics>>;
};

/** By name. */
export type Loaded = {
  readonly models: Readonly<Record<string, LoadedModel>>;
  readonly recipes: Readonly<Record<string, LoadedRecipe>>;
};

/**
 * Compiles a file and gives what it declares: `load(options).models.Net!.create()`. Throws a `DlmError` with the code
 * `bad-source`, and the reports as its message, where the file has errors. Code is emitted when something is created for
 * the first time.
 */
export const load = (options: CompileOptions): Loaded => {
  const { modules, diagnostics, textOf } = compile(options);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    throw new DlmError("bad-source", errors.map((one) => render(one, textOf)).join("\n\n"));
  const { backend } = options;
  const on = { textOf, ...(backend === undefined ? {} : { backend }) };
  /** Of those of one kind, each with what gives its program. */
  const named = <P, T>(
    kind: "model" | "train",
    make: (programOf: () => Promise<P>) => T,
  ): Record<string, T> =>
    Object.fromEntries(
      modules
        .filter((one) => one[kind] !== null)
        .map((one) => {
          let program: Promise<P> | null = null;
          return [one.name, make(() => (program ??= instantiate(one, on) as Promise<P>))];
        }),
    );
  return {
    models: named("model", (programOf: () => Promise<ModelProgram>) => ({
      create: async (given = {}) => startModel(new Model(await programOf()), given),
    })),
    recipes: named("train", (programOf: () => Promise<TrainProgram>) => ({
      create: async (given = {}) => startTrainer(new Trainer(await programOf()), given),
    })),
  };
};
