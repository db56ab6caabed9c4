// `dlm fmt`: files into the canonical format.

import { format } from "../../../grammar/format.ts";
import { parse } from "../../../grammar/parse.ts";
import { exitCode } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { readText, shownPath, writeText } from "../files.ts";
import { hasErrors, printReports } from "../reports.ts";
import type { Terminal } from "../terminal.ts";

export type FormatOptions = { readonly check?: boolean };

export const runFormat = (
  terminal: Terminal,
  files: readonly string[],
  { check = false }: FormatOptions,
): ExitCode => {
  let code: ExitCode = exitCode.ok;
  for (const file of files) {
    const path = shownPath(terminal, file);
    const text = readText(terminal, file);
    const { diagnostics } = parse({ path, text });
    const formatted = hasErrors(diagnostics) ? null : format({ path, text });
    if (formatted === null) {
      printReports(terminal, diagnostics, (name) => (name === path ? text : null), false);
      terminal.err(`${path} was left as it is: it has syntax errors\n`);
      code = exitCode.problems;
    } else if (formatted !== text) {
      if (check) {
        terminal.err(`${path} is not formatted; run \`dlm fmt ${path}\`\n`);
        code = exitCode.problems;
      } else {
        writeText(terminal, file, formatted);
        terminal.out(`${path}\n`);
      }
    }
  }
  return code;
};
