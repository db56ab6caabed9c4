// Runs the command line in this process, in a temporary folder, and keeps what it prints.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { ExitCode } from "../../compiler/cli/exit-code.ts";
import { main } from "../../compiler/cli/main.ts";

/** The repository, for its examples. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

export type Ran = { readonly code: ExitCode; readonly out: string; readonly err: string };

export type RunOptions = {
  readonly cwd?: string;
  /** Draw as on a terminal. */
  readonly live?: boolean;
  readonly interrupt?: AbortSignal;
  /** Called with every piece written to standard error. */
  readonly onErr?: (text: string) => void;
};

export const runDlm = async (
  args: readonly string[],
  { cwd = root, live = false, interrupt, onErr }: RunOptions = {},
): Promise<Ran> => {
  let out = "";
  let err = "";
  const code = await main(args, {
    out: (text) => void (out += text),
    err: (text) => {
      err += text;
      onErr?.(text);
    },
    live,
    color: false,
    columns: 120,
    cwd,
    interrupt: interrupt ?? new AbortController().signal,
  });
  return { code, out, err };
};

/** A folder with these files, removed when the test ends. */
export const folderWith = (files: Readonly<Record<string, string | Uint8Array>>): string => {
  const folder = mkdtempSync(join(tmpdir(), "dlm-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
};
