// The `dlm` command: words on the command line into a command's run and an exit code.

import { CommanderError } from "commander";
import { CompilerBug } from "../../grammar/bug.ts";
import { DlmError } from "../../runtime/errors.ts";
import type { ErrorCode } from "../../runtime/errors.ts";
import { exitCode, UserError } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { createProgram } from "./program.ts";
import { colorsOf } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const reportBug = (terminal: Terminal, error: unknown): void => {
  const c = colorsOf(terminal);
  const where =
    error instanceof CompilerBug && error.span !== null
      ? `\n  while compiling ${error.span.file}, characters ${error.span.start}-${error.span.end}`
      : "";
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.err(`${c.bold(c.red("compiler bug:"))} ${text}${where}\n`);
  terminal.err("This is a mistake in dlm, not in your program. Please report it with the file.\n");
};

/** What to do about what the runtime refuses. */
const helpFor: Partial<Readonly<Record<ErrorCode, string>>> = {
  "no-wasm": "add `--backend typescript`",
  "out-of-memory": "take a smaller `--batch`",
};

const reportError = (terminal: Terminal, { message, help, code }: UserError): ExitCode => {
  const c = colorsOf(terminal);
  terminal.err(`${c.bold(c.red("error:"))} ${message}\n`);
  if (help !== "") terminal.err(`  ${c.cyan("help:")} ${help}\n`);
  return code;
};

/** Runs one command. Never throws: what goes wrong is printed and told by the exit code. */
export const main = async (args: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let code: ExitCode = exitCode.ok;
  const program = createProgram(terminal, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    if (error instanceof UserError) return reportError(terminal, error);
    // What the runtime refuses comes from the data, the options or the disk.
    if (error instanceof DlmError)
      return reportError(
        terminal,
        new UserError(error.message, helpFor[error.code] ?? "", exitCode.problems),
      );
    reportBug(terminal, error);
    return exitCode.bug;
  }
};
