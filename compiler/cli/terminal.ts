// What a command may do to the outside: write, and know whom it writes to.

import pc from "picocolors";
import type { Style } from "../../grammar/render.ts";

export type Terminal = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether standard error is a terminal that can redraw a line. */
  readonly live: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
  readonly color: boolean;
  readonly cwd: string;
  /** Fires when the user asks to stop (Ctrl-C). */
  readonly interrupt: AbortSignal;
};

export type Colors = ReturnType<typeof pc.createColors>;
export const colorsOf = (terminal: Terminal): Colors => pc.createColors(terminal.color);

/** How the parts of a report are painted. */
export const styleOf = (terminal: Terminal): Style => {
  const c = colorsOf(terminal);
  return {
    error: (text) => c.bold(c.red(text)),
    warning: (text) => c.bold(c.yellow(text)),
    info: (text) => c.bold(c.blue(text)),
    message: c.bold,
    gutter: c.blue,
    secondary: c.blue,
    help: c.cyan,
    fix: c.green,
  };
};
