// What a backend is: code for the kernels of a plan. Adding a backend is adding a folder with one of these.

import type { Plan } from "../lower/plan.ts";
import type { Places } from "./places.ts";

/** `typed`: TypeScript with annotations, else plain JavaScript. */
export type Style = "typed" | "plain";

/** A function at the top of an emitted module. */
export type EmittedFunction = {
  readonly name: string;
  readonly doc: readonly string[];
  /** Parameters with their types, which the plain style leaves out. */
  readonly params: readonly { readonly name: string; readonly type: string }[];
  readonly returns: string;
  readonly lines: readonly string[];
};

export type EmittedConstant = {
  readonly name: string;
  readonly type: string;
  readonly text: string;
};

/** What the memory that kernels share for copies is called in all emitted text. */
export const panelMemory = "panelMemory";

/** The statement that makes it; null if no kernel makes copies. */
export const panelMemoryText = (words: number): string | null =>
  words === 0 ? null : `const ${panelMemory} = new Float64Array(${words});`;

export type EmittedKernels = {
  readonly functions: readonly EmittedFunction[];
  /** Words that kernels share for copies of their operands, made once with the module. */
  readonly panelWords: number;
  /** Functions of the runtime they call. */
  readonly imports: readonly string[];
  /**
   * Statements that run dispatch `position` of entry `entry`; the heap's views are `f` and `i`, offsets `o`, the
   * variables of the loops around it `loops`, outermost first.
   */
  readonly dispatch: (entry: number, position: number, loops: readonly string[]) => string;
};

export type Backend = {
  readonly target: "typescript";
  readonly emitKernels: (plan: Plan, places: Places) => EmittedKernels;
};
