// The text of a program into one of its modules; throws what the compiler reports.

import { createPrelude, elaborate } from "../../compiler/frontend/index.ts";
import type { Module } from "../../compiler/ir/module.ts";

/** Shared by all programs: parsing the library takes longer than most of them. */
const prelude = createPrelude();

/** The module `name`, or the first one. */
export const compileProgram = (text: string, name?: string): Module => {
  const path = "program.dlm";
  const { modules, diagnostics } = elaborate({
    entry: path,
    read: (file) => (file === path ? text : null),
    prelude,
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const module = name === undefined ? modules[0] : modules.find((one) => one.name === name);
  if (errors.length > 0 || module === undefined) {
    throw new Error(errors.map(({ code, message }) => `${code} ${message}`).join("\n") || "no module");
  }
  return module;
};
