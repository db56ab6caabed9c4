// The terminal of this process.

import type { Terminal } from "./terminal.ts";

/** First Ctrl-C asks the command to stop and save; a second one ends the process at once. */
const interruptSignal = (): AbortSignal => {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  });
  return controller.signal;
};

/** Cursor visible, long lines wrapped: also when a command ends in the middle of a progress bar. */
const resetTerminal = "\x1b[?25h\x1b[?7h";

/** Who reads the output may stop early, as `head` does; then there is nothing left to do. */
const endWithReader = (): void =>
  void process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });

export const createTerminal = (): Terminal => {
  const live = process.stderr.isTTY === true && process.env["CI"] === undefined;
  if (live) process.once("exit", () => void process.stderr.write(resetTerminal));
  endWithReader();
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    live,
    columns: process.stderr.columns ?? 80,
    color: process.stderr.isTTY === true && process.env["NO_COLOR"] === undefined,
    cwd: process.cwd(),
    interrupt: interruptSignal(),
  };
};
