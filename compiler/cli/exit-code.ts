// What the process ends with.

/** `problems`: the program has errors. `usage`: the command was wrong. `bug`: our own mistake. */
export const exitCode = { ok: 0, problems: 1, usage: 2, bug: 70, interrupted: 130 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Ends a command with a message instead of a stack: something the user can mend. */
export class UserError extends Error {
  readonly code: ExitCode;
  /** What to do about it, or "". */
  readonly help: string;

  constructor(message: string, help = "", code: ExitCode = exitCode.usage) {
    super(message);
    this.name = "UserError";
    this.help = help;
    this.code = code;
  }
}
