// An example trained for a few steps and evaluated on a target, beside TypeScript: the same losses and metrics.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Backend } from "../../compiler/backends/backend.ts";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import type { DeviceOptions } from "../../runtime/host.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { root } from "../cli/run-dlm.ts";
import { createStream } from "../ops/draw-sample.ts";

export const exampleFiles: readonly string[] = readdirSync(join(root, "examples"), {
  recursive: true,
  encoding: "utf8",
})
  .filter((path) => path.endsWith(".dlm"))
  .toSorted();

/** Ragged: no multiple of a workgroup or a tile. */
const sizes: Readonly<Record<string, number>> = { B: 5, T: 7 };
const steps = 3;

/** Floats of 0 to 1, and whole numbers that the recipe takes. */
export const batchOf = ({ fields, steps: list }: TrainProgram, seed: number): ArrayBatch => {
  const next = createStream(seed);
  const slots = list.flatMap(({ entry }) => entry.data);
  return Object.fromEntries(
    fields.map(({ name, dtype, shape }) => {
      const length = shape.reduce<number>((n, size) => n * (sizes[size] ?? Number(size)), 1);
      const below = slots.find((slot) => slot.name === name)?.below ?? 2;
      return [
        name,
        dtype === "f32"
          ? Float32Array.from({ length }, next)
          : Int32Array.from({ length }, () => Math.floor(below * next())),
      ];
    }),
  );
};

const numbersOf = (value: unknown): readonly number[] =>
  typeof value === "number" ? [value] : Object.values(value as object).flatMap(numbersOf);

type Readings = {
  /** All numbers of each log. */
  readonly logs: readonly (readonly number[])[];
  readonly metrics: readonly number[];
  /** What the metrics are of. */
  readonly checkpoint: Uint8Array;
};

/** Of a few steps, after which `checkpoint` is evaluated, or else what was trained. */
const readingsOf = async (
  program: TrainProgram,
  device: DeviceOptions,
  checkpoint?: Uint8Array,
): Promise<Readings> => {
  const trainer = await startTrainer(new Trainer<ArrayBatch, object, object>(program), {
    seed: 0,
    ...device,
  });
  const given = { sizes: program.fields.some(({ shape }) => shape.includes("T")) ? sizes : {} };
  const logs: (readonly number[])[] = [];
  for (let n = 0; n < steps; n++)
    logs.push(numbersOf(await trainer.step(batchOf(program, n), given)));
  if (checkpoint !== undefined) await trainer.load(checkpoint);
  const metrics = numbersOf(await trainer.evaluate([batchOf(program, 8)], given));
  const trained = await trainer.save();
  trainer.dispose();
  return { logs, metrics, checkpoint: trained };
};

const expectAlike = (own: readonly number[], wanted: readonly number[], what: string): void => {
  expect(own.length, what).toBe(wanted.length);
  own.forEach((number, k) => {
    const error = Math.abs(number - wanted[k]!) / Math.max(1, Math.abs(number));
    expect(error, `${what}: ${own.join()} not ${wanted.join()}`).toBeLessThan(1e-5);
  });
};

export const compareExample = async (
  file: string,
  backend: Backend,
  device: DeviceOptions,
): Promise<void> => {
  const { modules } = compile({
    entry: join(root, "examples", file),
    read: (path) => readFileSync(path, "utf8"),
    steps: false,
  });
  const recipes = modules.filter(({ train }) => train !== null);
  expect(recipes.length).toBeGreaterThan(0);
  for (const recipe of recipes) {
    const program = (await instantiate(recipe, { backend })) as TrainProgram;
    const own = await readingsOf(program, device);
    const thread = (await instantiate(recipe)) as TrainProgram;
    // Of the same weights: a bias before batch norm moves by rounding alone, which running averages show.
    const wanted = await readingsOf(thread, {}, own.checkpoint);
    for (let n = 0; n < steps; n++)
      expectAlike(own.logs[n]!, wanted.logs[n]!, `${recipe.name}, log ${n}`);
    expectAlike(own.metrics, wanted.metrics, `${recipe.name}, metrics`);
  }
};
