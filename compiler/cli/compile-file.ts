// Compiles the file named on a command line; its errors are printed and end the command.

import { suggest } from "../../grammar/suggest.ts";
import { compile } from "../index.ts";
import type { Compilation, CompileOptions } from "../index.ts";
import type { Module } from "../ir/module.ts";
import { exitCode, UserError } from "./exit-code.ts";
import { createReader, readText, shownPath } from "./files.ts";
import { hasErrors, printReports } from "./reports.ts";
import type { Terminal } from "./terminal.ts";

/** What a command gives besides the file. */
export type FileOptions = Omit<CompileOptions, "entry" | "read"> & { readonly json?: boolean };

export const compileFile = (
  terminal: Terminal,
  file: string,
  { json = false, ...options }: FileOptions = {},
): Compilation => {
  readText(terminal, file);
  const path = shownPath(terminal, file);
  const compilation = compile({ ...options, entry: path, read: createReader(terminal) });
  if (json && !hasErrors(compilation.diagnostics)) return compilation;
  printReports(terminal, compilation.diagnostics, compilation.textOf, json);
  if (hasErrors(compilation.diagnostics))
    throw new UserError(`${path} was not compiled`, "", exitCode.problems);
  return compilation;
};

const listed = (modules: readonly Module[]): string =>
  modules.map(({ name }) => name).join(", ") || "none";

/** All, or the one that is named. */
export const modulesNamed = (
  modules: readonly Module[],
  name: string | undefined,
): readonly Module[] => {
  const wanted = modules.filter((module) => name === undefined || module.name === name);
  if (wanted.length > 0) return wanted;
  throw new UserError(
    name === undefined ? "the file has no model and no recipe" : `there is no \`${name}\``,
    modules.length === 0 ? "" : `declared here: ${modules.map((one) => one.name).join(", ")}`,
  );
};

/** The one module that is meant: the named one, or the only one of its kind. */
export const chooseModule = (
  modules: readonly Module[],
  kind: "model" | "train",
  name: string | undefined,
): Module => {
  const fitting = modules.filter((module) => module[kind] !== null);
  const word = kind === "model" ? "model" : "recipe";
  if (name !== undefined) {
    const found = fitting.find((module) => module.name === name);
    if (found !== undefined) return found;
    const near = suggest(
      name,
      fitting.map((module) => module.name),
    );
    throw new UserError(
      `there is no ${word} \`${name}\``,
      near === null ? `${word}s here: ${listed(fitting)}` : `did you mean \`${near}\`?`,
    );
  }
  const [only, ...more] = fitting;
  if (only === undefined)
    throw new UserError(
      `the file has no ${word}`,
      kind === "train" ? "declare one: `train NetTrainer { … }`" : "declare one: `model Net(…) …`",
    );
  if (more.length > 0)
    throw new UserError(
      `the file has several ${word}s: ${listed(fitting)}`,
      `name one with \`--name ${only.name}\``,
    );
  return only;
};
