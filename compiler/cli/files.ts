// Reads and writes files for commands; what goes wrong becomes a message the user can act on.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { UserError } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

/** Text of a file named on the command line. */
export const readText = (terminal: Terminal, path: string): string => {
  try {
    return readFileSync(resolve(terminal.cwd, path), "utf8");
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") throw new UserError(`there is no file ${path}`);
    if (code === "EISDIR") throw new UserError(`${path} is a folder`, "name a .dlm file in it");
    if (code === "EACCES") throw new UserError(`${path} may not be read`);
    throw error;
  }
};

export const writeText = (terminal: Terminal, path: string, text: string): void => {
  const full = resolve(terminal.cwd, path);
  try {
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  } catch (error) {
    throw new UserError(`${path} could not be written: ${codeOf(error) || String(error)}`);
  }
};

/** How a path is shown: relative to where the user stands, unless that leads outside. */
export const shownPath = (terminal: Terminal, path: string): string => {
  const full = resolve(terminal.cwd, path);
  const short = relative(terminal.cwd, full);
  return short.startsWith("..") || isAbsolute(short) ? full : short;
};

/** What `compile` and `check` read imports with: null where there is no such file. */
export const createReader =
  (terminal: Terminal): ((path: string) => string | null) =>
  (path) => {
    try {
      return readFileSync(resolve(terminal.cwd, path), "utf8");
    } catch {
      return null;
    }
  };
