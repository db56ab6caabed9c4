// `dlm compile`: the generated TypeScript module, as a file.

import { emitFile } from "../../index.ts";
import { compileFile } from "../compile-file.ts";
import { exitCode } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { shownPath, writeText } from "../files.ts";
import type { Terminal } from "../terminal.ts";

export type CompileCommandOptions = { readonly out?: string; readonly json?: boolean };

export const runCompile = async (
  terminal: Terminal,
  file: string,
  { out, json = false }: CompileCommandOptions,
): Promise<ExitCode> => {
  const compilation = compileFile(terminal, file, { json });
  const target = out ?? `${file}.ts`;
  const text = await emitFile(compilation);
  writeText(terminal, target, text);
  terminal.err(
    `${shownPath(terminal, target)}: ${compilation.modules.map(({ name }) => name).join(", ")}\n`,
  );
  return exitCode.ok;
};
