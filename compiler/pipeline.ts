// What runs, in what order: text → modules → passes. Lowering and emission start from its result.

import type { Diagnostic } from "../grammar/diagnostic.ts";
import { applySuppressions } from "../grammar/suppress.ts";
import type { Precision, Settings } from "../runtime/abi.ts";
import type { Backend } from "./backends/backend.ts";
import { elaborate } from "./frontend/index.ts";
import type { Elaborated } from "./frontend/index.ts";
import type { Prelude } from "./frontend/prelude.ts";
import { printModule } from "./ir/module-text.ts";
import type { Entry, Module } from "./ir/module.ts";
import { printFusion } from "./lower/fusion-text.ts";
import { lower } from "./lower/lower.ts";
import { budgetReports } from "./lower/memory-budget.ts";
import { printPlan } from "./lower/plan.ts";
import { prepare } from "./passes/prepare/index.ts";
import { addSteps } from "./passes/step/index.ts";
import { printScheduled } from "./schedule/schedule-kernel.ts";
import { typescript } from "./costs/typescript.ts";
import { printFindings } from "./recognise/index.ts";
import { graphPasses, runGraphPasses } from "./passes/index.ts";
import type { Keeping } from "./passes/keep-less.ts";

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
  /** Of all models and recipes; wins over what files and `settings` say. Default: the recipe's, `f32` for a model. */
  readonly precision?: Precision;
  /** Parsed library, to share between compilations. */
  readonly prelude?: Prelude;
  /** False leaves graphs as the front end built them. */
  readonly optimise?: boolean;
  /** False leaves out what runs causal models one position at a time. */
  readonly steps?: boolean;
  /** What modules will be emitted for: what its devices have no room for is reported. */
  readonly backend?: Backend;
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

/** Come after the passes over graphs: they add entries to the module. */
const [stepsPass, preparePass] = ["steps", "prepare"];
/** What was found in the graphs; decisions, one a line; and what they lead to: no graphs any more. */
const [recognisePass, fusePass, schedulePass, planPass] = ["recognise", "fuse", "schedule", "plan"];

/**
 * Names for `--after=`, in order: the front end first, then the passes; patterns, decisions of fusion, kernels with their
 * schedules, and the plan of buffers and dispatches last.
 */
export const passNames: readonly string[] = [
  "elaborate",
  ...graphPasses.map(({ name }) => name),
  stepsPass,
  preparePass,
  recognisePass,
  fusePass,
  schedulePass,
  planPass,
];

/**
 * A module after the passes up to `after` (default: all). `keeping`: see `runGraphPasses`. `steps`: whether to look for
 * entries that run one position.
 */
export const optimise = (
  module: Module,
  after: string | null = null,
  keeping: Keeping | null = null,
  steps = true,
): Module => {
  const passed = withoutPrepare(module, after, keeping, steps);
  return after === null || after === preparePass ? prepare(passed) : passed;
};

/** The graph passes over every entry, then the entries for steps. */
const withoutPrepare = (
  module: Module,
  after: string | null,
  keeping: Keeping | null,
  steps: boolean,
): Module => {
  if (after === "elaborate") return module;
  const run = (entry: Entry): Entry => optimised(entry, after, keeping);
  const passed = { ...module, entries: module.entries.map(run) };
  if (!steps || !(after === null || after === stepsPass || after === preparePass)) return passed;
  const known = new Set(passed.entries);
  const { entries, ...rest } = addSteps(passed);
  return {
    ...rest,
    entries: entries.map((entry) => (known.has(entry) ? entry : optimised(entry, null, null))),
  };
};

const optimised = (entry: Entry, after: string | null, keeping: Keeping | null): Entry => ({
  ...entry,
  graph: runGraphPasses(entry.graph, after, keeping),
});

/** The text of a module as the front end built it, after a pass. */
export const printAfter = (module: Module, pass: string): string => {
  if (pass === recognisePass) return printFindings(optimise(module));
  if (pass === fusePass) return printFusion(lower(optimise(module)));
  if (pass === schedulePass) return printScheduled(lower(optimise(module)), typescript);
  return pass === planPass
    ? printPlan(lower(optimise(module)))
    : printModule(optimise(module, pass));
};

type Fitted = { readonly module: Module; readonly reports: readonly Diagnostic[] };

const preparedWithin = (module: Module): Module => {
  const prepared = prepare(module);
  return budgetReports(lower(prepared)).length === 0 ? prepared : module;
};

const hasScans = ({ entries }: Module): boolean =>
  entries.some(({ graph }) => graph.ops.some(({ name }) => name === "scan"));

/**
 * A module within the memory budget of its recipe; reports where it cannot be. Time loops keep all that is slow to
 * compute again if they may, else carries, else those of few steps. Weights are prepared for inference if there is room
 * for both. Only a recipe with a budget is lowered to find out.
 */
const fitted = (module: Module, steps = true): Fitted => {
  if ((module.train?.settings.memory ?? null) === null)
    return { module: optimise(module, null, null, steps), reports: [] };
  const tries: Fitted[] = [];
  const choices = hasScans(module) ? ([null, "carries", "segments"] as const) : [null];
  for (const keeping of choices) {
    const one = withoutPrepare(module, null, keeping, steps);
    const reports = budgetReports(lower(one));
    if (reports.length === 0) return { module: preparedWithin(one), reports };
    tries.push({ module: one, reports });
  }
  return tries.at(-1)!;
};

/** From text to optimised modules. */
export const compile = (options: CompileOptions): Compilation => {
  const elaborated = elaborate(options);
  const checked = checkedOf(elaborated);
  if (hasErrors(checked.diagnostics)) return { ...checked, modules: [] };
  if (options.optimise === false) return { ...checked, modules: elaborated.modules };
  const all = elaborated.modules.map((module) => fitted(module, options.steps));
  const modules = all.map(({ module }) => module);
  const reports = all.flatMap((one) => one.reports);
  const found = reports.length > 0 ? reports : reportsOf(modules, options.backend);
  const { diagnostics } = checkedOf({
    ...elaborated,
    diagnostics: [...elaborated.diagnostics, ...found],
  });
  return { ...checked, diagnostics, modules: hasErrors(diagnostics) ? [] : modules };
};

const reportsOf = (
  modules: readonly Module[],
  backend: Backend | undefined,
): readonly Diagnostic[] =>
  backend === undefined || backend.reports === null
    ? []
    : backend.reports(modules.map((module) => lower(module, { target: backend.costs })));

const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === "error");
