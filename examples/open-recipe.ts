// A recipe in a .dlm file into an object that trains, compiled in memory; learning, measuring and asking with it.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load, wasmBackend } from "dlm";
import { batchesOf, everyExample, fit } from "dlm/runtime";
import type { ArrayBatch, Dataset, FitSettings, Model, Trainer } from "dlm/runtime";
import type { Figures } from "./example.ts";

/** `{ step, epoch, loss, … }`; with named steps an object for each. */
export type Log = Readonly<Record<string, number | Figures>>;
export type Recipe = Trainer<ArrayBatch, Log, Figures>;

/** `url` is that of the file, `name` that of the recipe in it. */
export const openRecipe = (url: URL, name: string, seed: number): Promise<Recipe> => {
  const entry = fileURLToPath(url);
  const read = (path: string): string => readFileSync(path, "utf8");
  const recipe = load({ entry, read, backend: wasmBackend, steps: false }).recipes[name];
  if (recipe === undefined) throw new Error(`${entry} gives no recipe ${name}`);
  return recipe.create({ seed });
};

/** Trains to the end of the recipe, or of `settings`; says a line ten times, and returns the log of every round. */
export const learn = async (
  recipe: Recipe,
  data: Dataset,
  settings: Partial<FitSettings> = {},
): Promise<readonly Log[]> => {
  const logs: Log[] = [];
  const { epochs, steps, batch } = { ...recipe.settings, ...settings };
  const total = steps ?? epochs * Math.ceil(data.length / (batch ?? data.length));
  const often = Math.max(1, Math.floor(total / 10));
  await timed(() =>
    fit(recipe, {
      data: { kind: "table", data },
      settings: { ...settings, logEvery: 1 },
      onLog: (log) => {
        logs.push(log);
        if (logs.length % often === 0) console.log(`step ${logs.length}/${total}`, shown(log));
      },
    }),
  );
  return logs;
};

/** Says how long a training took. */
export const timed = async (train: () => Promise<unknown>): Promise<void> => {
  const started = performance.now();
  await train();
  console.log(`trained in ${((performance.now() - started) / 1000).toFixed(1)} s`);
};

/** The losses of a log. */
const shown = (log: Log): string =>
  Object.entries(log)
    .flatMap(([name, value]) =>
      name === "loss"
        ? [`loss ${Number(value).toPrecision(4)}`]
        : typeof value === "object"
          ? [`${name} ${value["loss"]!.toPrecision(4)}`]
          : [],
    )
    .join("  ");

/** The metrics of the recipe over all examples; it takes the columns that it reads. */
export const evaluate = (recipe: Recipe, data: Dataset): Promise<Figures> => {
  const read = recipe.fields.map(({ name }) => name);
  const columns = new Map([...data.columns].filter(([name]) => read.includes(name)));
  const source = { kind: "table", data: { ...data, columns } } as const;
  const batch = recipe.settings.batch ?? 100;
  return recipe.evaluate(batchesOf(source, { ...everyExample, batch }));
};

/** What a net of the recipe answers to `count` examples, asked in batches. */
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

const concatenated = (parts: readonly Float32Array[]): Float32Array => {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
