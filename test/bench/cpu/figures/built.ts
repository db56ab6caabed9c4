// The built package, as users have it, and scripts that run it in processes of their own.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Clock } from "../clock.ts";

const root = new URL("../../../../", import.meta.url);

export const built = (path: string): string => {
  const found = fileURLToPath(new URL(path, root));
  if (existsSync(found)) return found;
  throw new Error(`there is no ${path}: \`npm run build\` in the root folder makes it`);
};

const run = promisify(execFile);

export const runBuilt = async (...args: readonly string[]): Promise<void> => {
  await run(process.execPath, [built("compiler/cli/bin.mjs"), ...args]);
};

type ChildOptions = {
  readonly clock: Clock;
  readonly args: readonly string[];
  /** Options of Node. */
  readonly node?: readonly string[];
};

/** What a script of `children/` prints. Its arguments are the folder of the build, the clock, and `args`. */
export const runChild = async <T>(
  name: string,
  { clock, args, node = [] }: ChildOptions,
): Promise<T> => {
  const script = fileURLToPath(new URL(`../children/${name}`, import.meta.url));
  const words = [...node, script, built("dist"), clock, ...args];
  const { stdout } = await run(process.execPath, words, { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as T;
};
