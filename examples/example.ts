// What an example is: a run for one seed that ends in figures. A script's words on the command line into such a run.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

export type RunOptions = {
  readonly seed: number;
  /** A form that takes seconds, for tests. */
  readonly small: boolean;
  /** Folder for the pictures; null draws none. */
  readonly out: string | null;
};

/** Results by name, the same names as the PyTorch twin's. */
export type Figures = Readonly<Record<string, number>>;

export type Run = (options: RunOptions) => Promise<{ readonly figures: Figures }>;

/** Writes a picture into the folder of a run, where there is one. */
export const writePicture = (
  out: string | null,
  name: string,
  picture: string | Uint8Array,
): void => {
  if (out === null) return;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, name), picture);
};

/**
 * `npx tsx examples/NAME/run.ts [--seed 0] [--small] [--out runs/NAME]`: prints the figures as one line of JSON, last.
 * Does nothing when the module `url` is imported.
 */
export const runAsScript = async (url: string, name: string, run: Run): Promise<void> => {
  if (argv[1] !== fileURLToPath(url)) return;
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "0" },
      small: { type: "boolean", default: false },
      out: { type: "string", default: `runs/${name}` },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed takes a whole number`);
  const { figures } = await run({ seed, small: values.small, out: values.out });
  console.log(JSON.stringify(figures));
};
