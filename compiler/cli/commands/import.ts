// `dlm import`: weights that PyTorch saved into a file that the model loads.

import { resolve } from "node:path";
import { importWeights } from "../../backends/pytorch/import-weights.ts";
import type { NameMap } from "../../backends/pytorch/correspondence.ts";
import { writeFileAtomic } from "../../../runtime/node/checkpoint.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { readText, shownPath } from "../files.ts";
import type { Terminal } from "../terminal.ts";
import { withCommas } from "../train/numbers.ts";
import { openNet } from "../train/open-net.ts";
import { fitting, readBytesOf } from "../train/weights-file.ts";

export type ImportCommandOptions = {
  readonly from: string;
  readonly map: string;
  readonly out: string;
  readonly fresh?: readonly string[];
  readonly name?: string;
};

const isTarget = (value: unknown): boolean =>
  value === null ||
  typeof value === "string" ||
  (Array.isArray(value) && value.every((one) => typeof one === "string"));

const isNameMap = (value: unknown): value is NameMap =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every(isTarget);

const readMap = (terminal: Terminal, path: string): NameMap => {
  const help = 'write `{ "encoder.0": "Dense_0", "lstm": ["forward", "backward"], "fc": null }`';
  let value: unknown;
  try {
    value = JSON.parse(readText(terminal, path));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${path} is not JSON: ${error instanceof Error ? error.message : ""}`,
      help,
    );
  }
  if (isNameMap(value)) return value;
  throw new UserError(`${path} does not map modules to layers`, help);
};

export const runImport = async (
  terminal: Terminal,
  file: string,
  options: ImportCommandOptions,
): Promise<ExitCode> => {
  const names = readMap(terminal, options.map);
  const source = await readBytesOf(
    terminal,
    options.from,
    "`safetensors.torch.save_file(model.state_dict(), …)` writes one",
  );
  // Nothing is run: any target has the weights.
  const on = { backend: "typescript" } as const;
  const { module, prefix, net } = await openNet(terminal, file, null, options.name, undefined, on);
  const { fresh = [] } = options;
  const bytes = await fitting(
    options.from,
    "`dlm inspect` lists the layers of the model",
    async () => {
      const initial = await net.save();
      const imported = importWeights({ module, net: prefix, source, names, fresh, initial });
      await net.load(imported);
      return net.save();
    },
  );
  await writeFileAtomic(resolve(terminal.cwd, options.out), bytes);
  const count = Object.values(net.params).reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );
  terminal.err(`${withCommas(count)} parameters in ${shownPath(terminal, options.out)}\n`);
  return exitCode.ok;
};
