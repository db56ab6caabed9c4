// `dlm check`: everything that is wrong in .dlm files, and nothing else.

import { check } from "../../index.ts";
import { exitCode } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { createReader, readText, shownPath } from "../files.ts";
import { hasErrors, printReports } from "../reports.ts";
import type { Terminal } from "../terminal.ts";

export type CheckOptions = { readonly json?: boolean; readonly warningsAsErrors?: boolean };

export const runCheck = (
  terminal: Terminal,
  files: readonly string[],
  { json = false, warningsAsErrors = false }: CheckOptions,
): ExitCode => {
  for (const file of files) readText(terminal, file);
  const checked = files.map((file) =>
    check({ entry: shownPath(terminal, file), read: createReader(terminal) }),
  );
  const diagnostics = checked.flatMap((one) => one.diagnostics);
  const textOf = (path: string): string | null =>
    checked.map((one) => one.textOf(path)).find((text) => text !== null) ?? null;
  printReports(terminal, diagnostics, textOf, json);
  const failed = hasErrors(diagnostics) || (warningsAsErrors && diagnostics.length > 0);
  if (!json && diagnostics.length === 0)
    terminal.err(
      `${files.length === 1 ? shownPath(terminal, files[0]!) : `${files.length} files`}: no problems\n`,
    );
  return failed ? exitCode.problems : exitCode.ok;
};
