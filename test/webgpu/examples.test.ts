// Every example trained for a few steps and evaluated on WebGPU, beside TypeScript: the same losses and metrics.
// Those with the most shaders take minutes on SwiftShader and run with `DLM_WEBGPU=all` alone.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { root } from "../cli/run-dlm.ts";
import { createStream } from "../ops/draw-sample.ts";
import { runsAll } from "./parts.ts";
import { onSwiftShader } from "./targets.ts";

const files = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".dlm"))
  .filter((path) => runsAll || !/^(gpt|char-lstm|gan)\W/.test(path))
  .toSorted();

/** Ragged: no multiple of a workgroup or a tile. */
const sizes: Readonly<Record<string, number>> = { B: 5, T: 7 };
const steps = 3;

/** Floats of 0 to 1, and whole numbers that the recipe takes. */
const batchOf = ({ fields, steps: list }: TrainProgram, seed: number): ArrayBatch => {
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

/** Of `count` steps, after which `checkpoint` is evaluated, or else what was trained. */
const readingsOf = async (
  program: TrainProgram,
  count: number,
  checkpoint?: Uint8Array,
): Promise<Readings> => {
  const trainer = await startTrainer(new Trainer<ArrayBatch, object, object>(program), {
    seed: 0,
    ...(program.target === "webgpu" ? { gpu: swiftShaderGpu() } : {}),
  });
  const given = { sizes: program.fields.some(({ shape }) => shape.includes("T")) ? sizes : {} };
  const logs: (readonly number[])[] = [];
  for (let n = 0; n < count; n++)
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

describe.skipIf(!hasSwiftShader)(`examples on WebGPU (${needsSwiftShader})`, () => {
  test.each(files)("%s", { timeout: 300_000 }, async (file) => {
    const entry = join(root, "examples", file);
    const { modules } = compile({
      entry,
      read: (path) => readFileSync(path, "utf8"),
      steps: false,
    });
    const recipes = modules.filter(({ train }) => train !== null);
    expect(recipes.length).toBeGreaterThan(0);
    for (const recipe of recipes) {
      const device = await instantiate(recipe, { backend: onSwiftShader });
      const own = await readingsOf(device as TrainProgram, steps);
      const thread = (await instantiate(recipe)) as TrainProgram;
      // Of the same weights: a bias before batch norm moves by rounding alone, which running averages show.
      const wanted = await readingsOf(thread, steps, own.checkpoint);
      for (let n = 0; n < steps; n++)
        expectAlike(own.logs[n]!, wanted.logs[n]!, `${recipe.name}, log ${n}`);
      expectAlike(own.metrics, wanted.metrics, `${recipe.name}, metrics`);
    }
  });
});
