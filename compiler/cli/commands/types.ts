// `dlm types`: declarations beside .dlm files, for editors and type checkers that run before a bundler does.

import { readdirSync, statSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { emitFile } from "../../index.ts";
import {
  declarationsBeside,
  isWritten,
  writeDeclarations,
} from "../../plugin/write-declarations.ts";
import { targetOf } from "../backends.ts";
import type { BackendOptions } from "../backends.ts";
import { compileFile } from "../compile-file.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { shownPath } from "../files.ts";
import type { Terminal } from "../terminal.ts";

export type TypesOptions = {
  readonly check?: boolean;
  readonly steps?: boolean;
} & BackendOptions;

/** Not what others wrote, nor what is hidden. */
const isOwn = (path: string): boolean =>
  !path
    .split(sep)
    .some((name) => name === "node_modules" || (name.startsWith(".") && name !== "."));

/** Of a folder all .dlm files in it; a file as it is named. */
const filesIn = (terminal: Terminal, path: string): readonly string[] => {
  const full = resolve(terminal.cwd, path);
  if (!(statSync(full, { throwIfNoEntry: false })?.isDirectory() ?? false)) return [full];
  const found = readdirSync(full, { recursive: true, encoding: "utf8" });
  return found
    .filter((name) => name.endsWith(".dlm") && isOwn(name))
    .map((name) => join(full, name));
};

export const runTypes = async (
  terminal: Terminal,
  paths: readonly string[],
  options: TypesOptions,
): Promise<ExitCode> => {
  const files = paths.flatMap((path) => filesIn(terminal, path)).sort();
  if (files.length === 0) throw new UserError(`there is no .dlm file in ${paths.join(", ")}`);
  const { check = false, steps = true } = options;
  const { backend } = targetOf(options);
  let code: ExitCode = exitCode.ok;
  for (const file of files) {
    const compilation = compileFile(terminal, file, { steps, backend });
    // Layers and functions for other files are nothing that a program imports.
    if (compilation.modules.length === 0) continue;
    const declarations = await declarationsBeside(
      file,
      await emitFile({ ...compilation, backend }),
    );
    if (isWritten(declarations)) continue;
    const target = shownPath(terminal, declarations.target);
    if (check) {
      terminal.err(`${target} is out of date; run \`dlm types ${shownPath(terminal, file)}\`\n`);
      code = exitCode.problems;
    } else {
      writeDeclarations(declarations);
      terminal.out(`${target}\n`);
    }
  }
  return code;
};
