// Turns a module into a running program in this process: plain JavaScript, imported as a data URL.

import type { ModelProgram, TrainProgram } from "../../runtime/abi.ts";
import type { Module } from "../ir/module.ts";
import { lower } from "../lower/lower.ts";
import type { Plan } from "../lower/plan.ts";
import type { Backend } from "./backend.ts";
import { emitPlain } from "./plain.ts";
import { createPlaces, noPlaces } from "./places.ts";
import { runtimeFunctions } from "./runtime-functions.ts";
import { typescriptBackend } from "./typescript/index.ts";

export type InstantiateOptions = {
  readonly backend?: Backend;
  /** Text of source files, for the places in errors and comments. */
  readonly textOf?: (path: string) => string | null;
};

type Created = { readonly program: ModelProgram | TrainProgram };

/** Lowers, emits and imports a module. No file is written, and nothing is evaluated from a string. */
export const instantiate = async (
  module: Module,
  options: InstantiateOptions = {},
): Promise<ModelProgram | TrainProgram> =>
  instantiatePlan(lower(module, { target: (options.backend ?? typescriptBackend).costs }), options);

export const instantiatePlan = async (
  plan: Plan,
  options: InstantiateOptions = {},
): Promise<ModelProgram | TrainProgram> => {
  const { backend = typescriptBackend, textOf } = options;
  const places = textOf === undefined ? noPlaces : createPlaces(textOf);
  const text = emitPlain(plan, backend, places);
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(text)}`;
  const { create } = (await import(/* @vite-ignore */ url)) as {
    readonly create: (functions: typeof runtimeFunctions) => Created;
  };
  return create(runtimeFunctions).program;
};
