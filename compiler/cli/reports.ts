// Prints the diagnostics of a command, for people or for machines.

import { toJson } from "../../grammar/diagnostic-json.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { render } from "../../grammar/render.ts";
import type { TextOf } from "../../grammar/render.ts";
import { styleOf } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === "error");

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** "2 errors, 1 warning", "" when there is nothing to say. */
export const summary = (diagnostics: readonly Diagnostic[]): string => {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.filter(({ severity }) => severity === "warning").length;
  return [
    ...(errors > 0 ? [count(errors, "error")] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ].join(", ");
};

/** Source frames on standard error, or an array in the machine form on standard output. */
export const printReports = (
  terminal: Terminal,
  diagnostics: readonly Diagnostic[],
  textOf: TextOf,
  json: boolean,
): void => {
  if (json) {
    const machine = diagnostics.map((one) => toJson(one, textOf));
    terminal.out(`${JSON.stringify(machine, null, 2)}\n`);
    return;
  }
  const style = styleOf(terminal);
  for (const one of diagnostics) terminal.err(`${render(one, textOf, style)}\n\n`);
  const codes = [...new Set(diagnostics.map(({ code }) => code))];
  if (codes.length > 0)
    terminal.err(`${summary(diagnostics)}; \`dlm explain ${codes[0]}\` tells more\n`);
};
