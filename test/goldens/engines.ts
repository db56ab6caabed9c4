// The ways to run a module that must give PyTorch's numbers, and how close each must come.

import type { Module } from "../../compiler/ir/module.ts";
import { optimise } from "../../compiler/pipeline.ts";
import { worstError, worstScaledError } from "./compare.ts";
import { entryOf, interpretEntry, withDerived, type Given, type Outcome } from "./interpret-entry.ts";
import { emit } from "./run-emitted.ts";

export type Run = (entry: string, given: Given) => Pick<Outcome, "results" | "stores" | "loss">;
/** On a device it is waited for. */
export type LaterRun = (...args: Parameters<Run>) => ReturnType<Run> | Promise<ReturnType<Run>>;
export type EngineOf<R> = {
  readonly name: string;
  readonly open: (module: Module) => Promise<R>;
  readonly error: (got: ArrayLike<number>, want: ArrayLike<number>) => number;
  readonly tolerance: { readonly output: number; readonly gradient: number };
};

export type Engine = EngineOf<Run>;
export type LaterEngine = EngineOf<LaterRun>;

const interpret = async (module: Module): Promise<Run> => {
  return (name, given) =>
    interpretEntry(entryOf(module, name), { ...given, stored: withDerived(module, given.stored) });
};
/** Of code that stores f32. */
export const single = { error: worstScaledError, tolerance: { output: 1e-5, gradient: 1e-4 } };
const double = { error: worstError, tolerance: { output: 1e-9, gradient: 1e-9 } };

export const engines: readonly Engine[] = [
  { name: "the interpreter", open: interpret, ...double },
  {
    name: "the interpreter after all passes",
    open: (module) => interpret(optimise(module)),
    ...double,
  },
  {
    name: "emitted TypeScript",
    open: emit,
    ...single,
  },
];
