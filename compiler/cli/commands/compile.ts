// `dlm compile`: the generated TypeScript module, or its declarations only, as a file.

import { emitFile } from "../../index.ts";
import { declarationPath, declarationsOf } from "../../plugin/write-declarations.ts";
import { targetOf } from "../backends.ts";
import type { BackendOptions } from "../backends.ts";
import { compileFile } from "../compile-file.ts";
import { exitCode } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { shownPath, writeText } from "../files.ts";
import type { Terminal } from "../terminal.ts";
import { byteCount } from "../train/numbers.ts";

export type CompileCommandOptions = {
  readonly out?: string;
  readonly types?: boolean;
  readonly steps?: boolean;
  readonly json?: boolean;
} & BackendOptions;

export const runCompile = async (
  terminal: Terminal,
  file: string,
  options: CompileCommandOptions,
): Promise<ExitCode> => {
  const { out, types = false, steps = true, json = false } = options;
  const { backend, ...rest } = targetOf(options);
  const compilation = compileFile(terminal, file, { json, steps, backend, ...rest });
  const target = out ?? (types ? await declarationPath(file) : `${file}.ts`);
  const module = await emitFile({ ...compilation, backend });
  const text = types ? await declarationsOf(module, shownPath(terminal, file)) : module;
  writeText(terminal, target, text);
  const names = compilation.modules.map(({ name }) => name).join(", ");
  terminal.err(
    `${shownPath(terminal, target)}: ${names} (${byteCount(Buffer.byteLength(text))})\n`,
  );
  return exitCode.ok;
};
