// `dlm print`: the program at one step of the compiler, as text.

import { suggest } from "../../../grammar/suggest.ts";
import { passNames, printAfter } from "../../index.ts";
import { compileFile } from "../compile-file.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";

export type PrintOptions = { readonly after?: string; readonly name?: string };

export const runPrint = (
  terminal: Terminal,
  file: string,
  { after, name }: PrintOptions,
): ExitCode => {
  const pass = after ?? passNames.at(-1)!;
  if (!passNames.includes(pass)) {
    const near = suggest(pass, passNames);
    throw new UserError(
      `there is no pass \`${pass}\``,
      near === null ? `passes: ${passNames.join(", ")}` : `did you mean \`${near}\`?`,
    );
  }
  const { modules } = compileFile(terminal, file, { optimise: false });
  const wanted = modules.filter((module) => name === undefined || module.name === name);
  if (wanted.length === 0)
    throw new UserError(
      name === undefined ? "the file has no model and no recipe" : `there is no \`${name}\``,
      `declared here: ${modules.map((module) => module.name).join(", ")}`,
    );
  for (const module of wanted) terminal.out(`${printAfter(module, pass)}\n`);
  return exitCode.ok;
};
