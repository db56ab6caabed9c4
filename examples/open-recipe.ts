// A recipe in a .dlm file into an object that trains, compiled in memory.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile, instantiate } from "dlm";
import { startTrainer, Trainer } from "dlm/runtime";
import type { ArrayBatch, Model } from "dlm/runtime";

/** `{ step, epoch, loss, … }`; with named steps an object for each. */
export type Log = Readonly<Record<string, number | Readonly<Record<string, number>>>>;
export type Recipe = Trainer<ArrayBatch, Log, Readonly<Record<string, number>>>;

/** `url` is that of the file, `name` that of the recipe in it. */
export const openRecipe = async (url: URL, name: string, seed: number): Promise<Recipe> => {
  const entry = fileURLToPath(url);
  const { modules, diagnostics } = compile({ entry, read: (path) => readFileSync(path, "utf8") });
  const module = modules.find((one) => one.train !== null && one.name === name);
  if (module === undefined) {
    const reports = diagnostics.map(({ message }) => message);
    throw new Error([`${entry} gives no recipe ${name}`, ...reports].join("\n"));
  }
  const program = await instantiate(module);
  if (!("steps" in program)) throw new Error(`${name} is no recipe`);
  return startTrainer<Recipe>(new Trainer(program), { seed });
};

/** What a net of a recipe says for many examples, asked in batches: arrays of `width` numbers per example. */
export const askNet = (
  recipe: Recipe,
  net: string,
  inputs: ArrayBatch,
  count: number,
  batch = 250,
): Float32Array => {
  const model: Model<ArrayBatch, Float32Array> = recipe.model(net);
  const parts: Float32Array[] = [];
  for (let from = 0; from < count; from += batch) {
    const to = Math.min(from + batch, count);
    const part = Object.fromEntries(
      Object.entries(inputs).map(([name, values]) => {
        const width = values.length / count;
        return [name, values.subarray(from * width, to * width)];
      }),
    );
    parts.push(model.predict(part).slice());
  }
  return concatenated(parts);
};

export const concatenated = (parts: readonly Float32Array[]): Float32Array => {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
