// Trained nets and checkpoints to files, and back.

import { existsSync, mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { suggest } from "../../../grammar/suggest.ts";
import { DlmError } from "../../../runtime/errors.ts";
import { readFileBytes, writeFileAtomic } from "../../../runtime/node/checkpoint.ts";
import { exitCode, UserError } from "../exit-code.ts";
import { shownPath } from "../files.ts";
import type { Terminal } from "../terminal.ts";
import type { Net, RecipeTrainer } from "./recipe-trainer.ts";

/** `model.safetensors` for a recipe with one net, `<net>.safetensors` for each of several. */
export const weightsName = (nets: ReadonlyMap<string, Net>, net: string): string =>
  nets.size === 1 ? "model.safetensors" : `${net}.safetensors`;

const checkpointName = "checkpoint.safetensors";
export const checkpointPath = (folder: string): string => join(folder, checkpointName);

export const makeFolder = (terminal: Terminal, folder: string): string => {
  const full = resolve(terminal.cwd, folder);
  try {
    mkdirSync(full, { recursive: true });
  } catch {
    throw new UserError(`${folder} cannot be made a folder`, "name another one with --out");
  }
  return full;
};

/** Returns the paths as they are shown. */
export const saveNets = async (
  terminal: Terminal,
  trainer: RecipeTrainer,
  folder: string,
): Promise<readonly string[]> => {
  const written: string[] = [];
  for (const [name, net] of trainer.nets) {
    const path = join(folder, weightsName(trainer.nets, name));
    await writeFileAtomic(path, await net.save());
    written.push(shownPath(terminal, path));
  }
  return written;
};

export const saveCheckpoint = async (trainer: RecipeTrainer, folder: string): Promise<void> =>
  writeFileAtomic(checkpointPath(folder), await trainer.save());

export const readBytesOf = async (
  terminal: Terminal,
  path: string,
  hint: string,
): Promise<Uint8Array> => {
  const full = resolve(terminal.cwd, path);
  if (!existsSync(full)) throw new UserError(`there is no file ${path}`, hint);
  if (statSync(full).isDirectory())
    throw new UserError(
      `${path} is a folder`,
      `name a file in it, such as ${join(path, "model.safetensors")}`,
    );
  return readFileBytes(full);
};

/** What a file does not fit is the user's to mend. */
export const fitting = async <T>(
  path: string,
  help: string,
  body: () => Promise<T>,
): Promise<T> => {
  try {
    return await body();
  } catch (error) {
    if (error instanceof DlmError)
      throw new UserError(`${path}: ${error.message}`, help, exitCode.problems);
    throw error;
  }
};

/** `--weights`: a file for a recipe with one net, the folder of `train --out` for any. */
export const loadNets = async (
  terminal: Terminal,
  nets: ReadonlyMap<string, Net>,
  weights: string,
): Promise<void> => {
  const full = resolve(terminal.cwd, weights);
  const folder = existsSync(full) && statSync(full).isDirectory();
  if (!folder && nets.size > 1)
    throw new UserError(
      `the recipe has ${nets.size} nets: ${[...nets.keys()].join(", ")}`,
      "name the folder that holds a file for each: --weights FOLDER",
    );
  for (const [name, net] of nets) {
    const path = folder ? join(weights, weightsName(nets, name)) : weights;
    const bytes = await readBytesOf(terminal, path, "`dlm train … --out FOLDER` writes one");
    await fitting(path, "were they trained by this .dlm file as it is now?", () => net.load(bytes));
  }
};

export const chooseNet = (
  nets: ReadonlyMap<string, Net>,
  name: string | undefined,
): readonly [string, Net] => {
  const names = [...nets.keys()];
  if (name === undefined) {
    const [first, ...more] = nets;
    if (first !== undefined && more.length === 0) return first;
    throw new UserError(
      nets.size === 0
        ? "the recipe has no net"
        : `the recipe has several nets: ${names.join(", ")}`,
      nets.size === 0 ? "" : `name one with \`--name ${names[0]}\``,
    );
  }
  const net = nets.get(name);
  if (net !== undefined) return [name, net];
  const near = suggest(name, names);
  throw new UserError(
    `there is no net \`${name}\``,
    near === null ? `nets: ${names.join(", ")}` : `did you mean \`${near}\`?`,
  );
};
