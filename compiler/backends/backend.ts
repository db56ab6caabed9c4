// What a backend is: code for the kernels of a plan. Adding a backend is adding a folder with one of these.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import type { Backend as TargetName } from "../../runtime/abi.ts";
import type { Target } from "../costs/target.ts";
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

/** So many positions side by side of the memory for copies have a view each, which begins there. */
export const panelViews = 4;

const views = Array.from({ length: panelViews }, (_, k) => k);

/** What a view of the memory that kernels share for copies is called in all emitted text. */
export const panelMemory = (view: number): string =>
  view === 0 ? "panelMemory" : `panelMemory${view}`;

const panelBuffer = "panelBuffer";

/** Names that no other statement of a module may have. */
export const panelNames: readonly string[] = [panelBuffer, ...views.map(panelMemory)];

/**
 * The statements that make it, with those views that functions mention; none if no kernel makes copies. All views are
 * of one length: what is found to lie within one of them is not compared with the length of the next.
 */
export const panelMemoryText = (
  words: number,
  functions: readonly { readonly lines: readonly string[] }[],
): readonly string[] => {
  if (words === 0) return [];
  const mentioned = (view: number): boolean =>
    functions.some(({ lines }) => lines.some((line) => line.endsWith(` = ${panelMemory(view)};`)));
  return [
    `const ${panelBuffer} = new ArrayBuffer(${8 * (words + panelViews - 1)});`,
    ...views
      .filter(mentioned)
      .map(
        (view) =>
          `const ${panelMemory(view)} = new Float64Array(${panelBuffer}, ${8 * view}, ${words});`,
      ),
  ];
};

export type EmittedKernels = {
  readonly functions: readonly EmittedFunction[];
  /** Words that kernels share for copies of their operands, made once with the module. */
  readonly panelWords: number;
  /** Functions of the runtime they call. */
  readonly imports: readonly string[];
  /** What they are made of besides, under names of this program. */
  readonly constants: readonly EmittedConstant[];
  /** Of the program: what opens that which it runs on. Null for the heap of the thread. */
  readonly open: string | null;
  /**
   * Statements that run dispatch `position` of entry `entry`; offsets are `o`, the variables of the loops around it
   * `loops`, outermost first.
   */
  readonly dispatch: (entry: number, position: number, loops: readonly string[]) => string;
  /** Ends the run here where one of these f32 slots is not finite, or the status word, if there is one, is not 0. */
  readonly commit: (slots: readonly number[], status: number | null) => string;
  /** The function that runs an entry, from its statements and the pattern of its sizes. */
  readonly run: (statements: string, sizes: string | null, entry: number) => string;
};

export type Backend = {
  readonly target: TargetName;
  readonly costs: Target;
  readonly emitKernels: (plan: Plan, places: Places) => EmittedKernels;
  /** What stands against the plans of a file on its devices; null where there is nothing to look for. */
  readonly reports: ((plans: readonly Plan[]) => readonly Diagnostic[]) | null;
};
