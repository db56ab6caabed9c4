// A .dlm program into modules: one per model and recipe of the entry file, and everything there is to report.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import type { Source } from "../../grammar/span.ts";
import type { Module } from "../ir/module.ts";
import type { Precision, Settings } from "../../runtime/abi.ts";
import { checkFile } from "./check-file.ts";
import { createReports } from "./collect.ts";
import type { Named } from "./declare.ts";
import { createContext } from "./create-context.ts";
import { checkGeneric } from "./generic.ts";
import { guardSizes } from "./guard.ts";
import { loadProgram } from "./load.ts";
import { runWithMemo } from "./memo.ts";
import type { Ears, Memo } from "./memo.ts";
import { elaborateModel, outerFrame } from "./model.ts";
import type { ModelOptions } from "./model.ts";
import type { NameLink } from "./name-links.ts";
import type { Observation } from "./observation.ts";
import { createPrelude } from "./prelude.ts";
import type { Prelude } from "./prelude.ts";
import { reportTooLarge } from "./too-large.ts";
import { elaborateTrain } from "./train.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

export { createPrelude } from "./prelude.ts";
export type { Prelude } from "./prelude.ts";

export type ElaborateOptions = {
  /** Path of the file whose models and recipes are wanted. */
  readonly entry: string;
  /** Text of a file, or null when there is none. */
  readonly read: (path: string) => string | null;
  readonly resolve?: (from: string, specifier: string) => string;
  /** Kept by the caller between compiles, so that the library is parsed once. */
  readonly prelude?: Prelude;
  /** Sizes to fix, such as `{ B: 64 }`. */
  readonly specialize?: Readonly<Record<string, number>>;
  /** Named `let`s of models to hand out as extra results. */
  readonly outputs?: readonly string[];
  /** Settings that win over those of recipes. */
  readonly settings?: Partial<Settings>;
  /** Of all models and recipes; wins over `settings` too. */
  readonly precision?: Precision;
  /** Is told what each name that the user's files write stands for. */
  readonly link?: (link: NameLink) => void;
  /** Is told what each expression comes to, the library's included. */
  readonly observe?: (observation: Observation) => void;
  /**
   * What earlier runs with the same options found right, which is not elaborated again: no module is made of it. Left
   * with what is right now.
   */
  readonly memo?: Memo;
  /** Only these declarations of the entry file. */
  readonly names?: readonly string[];
};

export type Elaborated = {
  /** Without those that `memo` knew. */
  readonly modules: readonly Module[];
  readonly diagnostics: readonly Diagnostic[];
  /** Every file that was read, the library's included. */
  readonly files: readonly Source[];
};

const settingsFor = ({ settings = {}, precision }: ElaborateOptions): Partial<Settings> =>
  precision === undefined ? settings : { ...settings, precision };

/** Never throws on any text: what is wrong with it is in `diagnostics`. */
export const elaborate = (options: ElaborateOptions): Elaborated => {
  const prelude = options.prelude ?? createPrelude();
  const reports = createReports();
  let reported = 0;
  const report = (problem: Diagnostic): void => {
    reported += 1;
    reports.report(problem);
  };
  const texts = new Map<string, Source>();
  const source = (path: string): Source | null =>
    texts.get(path) ?? prelude.sources().find((one) => one.path === path) ?? null;
  const seen = new Set<object>();
  const observing = options.observe === undefined ? {} : { observe: options.observe };
  const shared = { report, source, seen, reportedIn: reports.within, ...observing };

  const program = loadProgram({
    entry: options.entry,
    read: (path) => {
      const text = options.read(path);
      if (text !== null) texts.set(path, { path, text });
      return text;
    },
    ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
    library: prelude.scope,
    report,
    evaluate: (decl, scope): Item => {
      const ctx = createContext({ ...shared, training: false, store: new Map() });
      const item = ctx.evaluate(decl.value, outerFrame(scope));
      return item.kind === "tensor" || item.kind === "layer" ? unknown : item;
    },
  });

  for (const { file } of program.files.values())
    for (const { span } of file.decls) reports.declared(span);
  const checking = createContext({
    ...shared,
    training: false,
    store: new Map(),
    ...(options.link === undefined ? {} : { link: options.link }),
  });
  for (const file of program.files.values()) checkFile(checking, file);

  const guarded = <T>(decl: Named, run: () => T): T | null =>
    reports.errorsWhile(() => guardSizes(checking, decl.name.span, run));

  const memo =
    options.memo === undefined
      ? null
      : runWithMemo(
          options.memo,
          program,
          { seen, observe: options.observe ?? (() => {}) },
          () => reported,
        );
  const unit = (what: string, decl: Named, run: (ears: Partial<Ears>) => void): void =>
    memo === null ? run({}) : memo.unit(what, decl, run);

  const modules: Module[] = [];
  const settings: ModelOptions = {
    ...shared,
    specialize: options.specialize ?? {},
    outputs: options.outputs ?? [],
    precision: options.precision ?? "f32",
  };
  for (const decl of program.entry?.file.decls ?? []) {
    const scope = program.entry?.declared.scope;
    if (scope === undefined || decl.kind === "import" || decl.broken) continue;
    if (options.names !== undefined && !options.names.includes(decl.name.text)) continue;
    if (decl.kind === "net" && decl.net === "model")
      unit("model", decl, (ears) => {
        const made = guarded(decl, () => elaborateModel(decl, scope, { ...settings, ...ears }));
        if (made !== null && !reportTooLarge(made, report)) modules.push(made);
      });
    if (decl.kind === "train")
      unit("train", decl, (ears) => {
        const recipe = { ...shared, ...ears, settings: settingsFor(options) };
        const made = guarded(decl, () => elaborateTrain(decl, scope, recipe));
        if (made !== null && !reportTooLarge(made, report)) modules.push(made);
      });
  }
  for (const { file, declared } of program.files.values())
    for (const decl of file.decls)
      if ((decl.kind === "net" || decl.kind === "fn") && !decl.broken && !seen.has(decl))
        unit("generic", decl, (ears) => {
          guarded(decl, () => checkGeneric(decl, declared.scope, { ...shared, ...ears }));
        });
  const diagnostics = reports.all();
  memo?.end(diagnostics);
  return {
    modules,
    diagnostics,
    files: [...texts.values(), ...prelude.sources()],
  };
};
