// What runs, in what order: text → modules → passes. Lowering and emission start from its result.

import type { Diagnostic } from "../grammar/diagnostic.ts";
import { applySuppressions } from "../grammar/suppress.ts";
import type { Settings } from "../runtime/abi.ts";
import { elaborate } from "./frontend/index.ts";
import type { Elaborated } from "./frontend/index.ts";
import type { Prelude } from "./frontend/prelude.ts";
import { printModule } from "./ir/module-text.ts";
import type { Entry, Module } from "./ir/module.ts";
import { lower } from "./lower/lower.ts";
import { budgetReports } from "./lower/memory-budget.ts";
import { printPlan } from "./lower/plan.ts";
import { addSteps } from "./passes/step/index.ts";
import { graphPasses, runGraphPasses } from "./passes/index.ts";

export type CompileOptions = {
  /** Path of the file; imports are relative to it. */
  readonly entry: string;
  /** Text of a file, null when there is none. */
  readonly read: (path: string) => string | null;
  /** Sizes to fix in models, by name: `{ B: 64 }`. */
  readonly specialize?: Readonly<Record<string, number>>;
  /** Named `let`s of a model to hand out beside its results. */
  readonly outputs?: readonly string[];
  /** Settings that win over the recipe's own. */
  readonly settings?: Partial<Settings>;
  /** Parsed library, to share between compilations. */
  readonly prelude?: Prelude;
  /** False leaves graphs as the front end built them. */
  readonly optimise?: boolean;
};

/** Everything found out about a program without lowering it. */
export type Checked = {
  readonly diagnostics: readonly Diagnostic[];
  /** Text of each file that was read, for rendering reports. */
  readonly textOf: (path: string) => string | null;
};
export type Compilation = Checked & {
  /** One per exported model and recipe; empty when there are errors. */
  readonly modules: readonly Module[];
};

const checkedOf = ({ diagnostics, files }: Elaborated): Checked => ({
  diagnostics: files.reduce((left, file) => applySuppressions(file, left), diagnostics),
  textOf: (path) => files.find((file) => file.path === path)?.text ?? null,
});

/** Reports what is wrong with a file; emits nothing. */
export const check = (options: CompileOptions): Checked => checkedOf(elaborate(options));

/** Comes after the passes over graphs: it adds entries to the module. */
const stepsPass = "steps";

/** Names for `--after=`, in order: the front end first, the plan of buffers and dispatches last. */
export const passNames: readonly string[] = [
  "elaborate",
  ...graphPasses.map(({ name }) => name),
  stepsPass,
  "plan",
];

/** A module with the graph passes run over every entry, up to `after` (default: all), then with the entries for steps. */
export const optimise = (module: Module, after: string | null = null): Module => {
  if (after === "elaborate") return module;
  const passed = { ...module, entries: module.entries.map((entry) => optimised(entry, after)) };
  if (after !== null && after !== stepsPass) return passed;
  const known = new Set(passed.entries);
  const { entries, ...rest } = addSteps(passed);
  return {
    ...rest,
    entries: entries.map((entry) => (known.has(entry) ? entry : optimised(entry, null))),
  };
};

const optimised = (entry: Entry, after: string | null): Entry => ({
  ...entry,
  graph: runGraphPasses(entry.graph, after),
});

/** The text of a module as the front end built it, after a pass. */
export const printAfter = (module: Module, pass: string): string =>
  pass === "plan" ? printPlan(lower(optimise(module))) : printModule(optimise(module, pass));

/** Steps that need more than their recipe allows; only a recipe with a budget is lowered to find out. */
const overBudget = (modules: readonly Module[]): readonly Diagnostic[] =>
  modules
    .filter(({ train }) => (train?.settings.memory ?? null) !== null)
    .flatMap((module) => budgetReports(lower(module)));

/** From text to optimised modules. */
export const compile = (options: CompileOptions): Compilation => {
  const elaborated = elaborate(options);
  const checked = checkedOf(elaborated);
  if (hasErrors(checked.diagnostics)) return { ...checked, modules: [] };
  if (options.optimise === false) return { ...checked, modules: elaborated.modules };
  const modules = elaborated.modules.map((module) => optimise(module));
  const reports = overBudget(modules);
  return {
    ...checked,
    diagnostics: [...checked.diagnostics, ...reports],
    modules: reports.length > 0 ? [] : modules,
  };
};

const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === "error");
