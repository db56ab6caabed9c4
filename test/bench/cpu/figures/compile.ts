// How long compiling the CNN's recipe takes, from its text to a program with the bytes of its WebAssembly.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programs } from "../programs.ts";
import { runChild } from "./built.ts";
import { medianOf } from "./figure.ts";
import type { Bench, Figure, Survey } from "./figure.ts";

const file = fileURLToPath(new URL("cnn.dlm", programs));
const compilations = 10;
const mostProcesses = 7;

type Compiled = { readonly imported: number; readonly times: readonly number[] };

const measure = async ({ clock, rounds }: Bench): Promise<readonly Figure[]> => {
  const folder = mkdtempSync(join(tmpdir(), "dlm-compile-"));
  const all: Compiled[] = [];
  const commands: number[] = [];
  const recipe = [file, "CnnTrainer", String(compilations)];
  const command = ["compile", file, "--backend", "wasm", "--out", join(folder, "module.ts")];
  for (let n = 0; n < Math.min(rounds, mostProcesses); n++) {
    all.push(await runChild<Compiled>("compile.mjs", { clock, args: recipe }));
    commands.push(
      (await runChild<{ whole: number }>("command.mjs", { clock, args: command })).whole,
    );
  }
  rmSync(folder, { recursive: true });
  const figure = (what: string, most: number | null, of: readonly number[]): Figure => ({
    what,
    value: medianOf(of),
    unit: "ms",
    most,
    note: `median of ${of.length} processes, least ${Math.min(...of).toFixed(0)} ms`,
  });
  const nth = (n: number): readonly number[] => all.map(({ times }) => times[n]!);
  return [
    figure("cold: the first in a process, with the import of the package", 1000, nth(0)),
    figure(
      "of that the import",
      null,
      all.map(({ imported }) => imported),
    ),
    figure(`warm: number ${compilations} in a process`, 400, nth(compilations - 1)),
    figure("`dlm compile`, from the start of its process to the written file", null, commands),
  ];
};

export const compilation: Survey = {
  name: "compile-cnn-training",
  what: "the CNN's training recipe from text to WebAssembly",
  measure,
};
