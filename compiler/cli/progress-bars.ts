// Progress as a bar that is redrawn, with lines above it.

import { Writable } from "node:stream";
import { MultiBar } from "cli-progress";
import type { Terminal } from "./terminal.ts";

/** The terminal in the form that the bar draws on. */
const drawingStream = (terminal: Terminal): NodeJS.WritableStream =>
  Object.assign(
    new Writable({
      write: (chunk, _encoding, done) => {
        terminal.err(String(chunk));
        done();
      },
    }),
    { isTTY: true, columns: terminal.columns },
  );

/** A group of one: unlike a single bar it does not jump back to where it started, so lines stay above it. */
export const createBars = (terminal: Terminal, format: string): MultiBar =>
  new MultiBar({
    stream: drawingStream(terminal),
    format: ` {bar} {percentage}%  ${format}`,
    barCompleteChar: "━",
    barIncompleteChar: " ",
    barsize: 20,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    forceRedraw: true,
    // Ctrl-C is the command's to handle.
    gracefulExit: false,
    fps: 10,
  });

export const lineAbove = (terminal: Terminal, line: string): void =>
  terminal.err(`\r\x1b[K${line}\n`);
