// Long use and parallel use: memory stays flat, calls that overlap do not mix.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Model, startModel } from "../../runtime/model.ts";
import { normalAt } from "../../runtime/random.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { inputs, linearModel, linearRecipe, outputs } from "./programs/linear.ts";

type Batch = { readonly x: Float32Array; readonly y: Float32Array };
type Log = { readonly step: number; readonly loss: number };

const batchOf = (size: number, draw = 0): Batch => ({
  x: Float32Array.from({ length: size * inputs }, (_, i) => normalAt(1, 2, draw, i)),
  y: Float32Array.from({ length: size * outputs }, (_, i) => normalAt(3, 4, draw, i)),
});

const createModel = () =>
  startModel(new Model<{ readonly x: Float32Array }, Float32Array>(linearModel), {});

const createTrainer = () =>
  startTrainer(new Trainer<Batch, Log, { readonly loss: number }>(linearRecipe()), {});

test("10,000 predictions and 2,000 steps take no memory", async () => {
  const model = await createModel();
  const trainer = await createTrainer();
  const [small, large] = [batchOf(3), batchOf(7)];
  const use = async (): Promise<void> => {
    for (let i = 0; i < 5000; i++) {
      model.predict({ x: small.x });
      model.predict({ x: large.x });
    }
    for (let i = 0; i < 1000; i++) {
      await trainer.step(small);
      await trainer.step(large);
    }
  };
  await use();
  const before = process.memoryUsage().arrayBuffers;
  await use();
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(before * 1.05 + 100_000);
});

test("the heap of JavaScript is flat over 10,000 predictions in place and 10,000 steps", () => {
  const script = fileURLToPath(new URL("programs/measure-heap.ts", import.meta.url));
  const args = ["--expose-gc", "--import", "tsx", script];
  const { perCall, afterPredictions, afterSteps } = JSON.parse(
    execFileSync(process.execPath, args).toString(),
  ) as Readonly<Record<string, number>>;
  // A few numbers that do not fit a word of V8, and no array.
  expect(perCall).toBeLessThan(600);
  expect(afterPredictions).toBeLessThan(100_000);
  expect(afterSteps).toBeLessThan(100_000);
});

test("calls that overlap give what they give one after the other", async () => {
  const model = await createModel();
  const batches = Array.from({ length: 20 }, (_, i) => batchOf(1 + (i % 5), i));
  const together = await Promise.all(batches.map(({ x }) => model.forward({ x })));
  for (const [i, { x }] of batches.entries())
    expect(await model.forward({ x })).toEqual(together[i]);

  const [parallel, sequential] = [await createTrainer(), await createTrainer()];
  await Promise.all(batches.map((batch) => parallel.step(batch)));
  for (const batch of batches) await sequential.step(batch);
  expect(await parallel.save()).toEqual(await sequential.save());
});

test("a batch may be changed as soon as step has been called", async () => {
  const [reused, fresh] = [await createTrainer(), await createTrainer()];
  const shared = batchOf(4, 1);
  const step = reused.step(shared);
  shared.x.fill(0);
  await step;
  await fresh.step(batchOf(4, 1));
  expect(await reused.save()).toEqual(await fresh.save());
});

test("two processes give the same bits", () => {
  const script = fileURLToPath(new URL("programs/train-and-print.ts", import.meta.url));
  const run = (seed: number): string =>
    execFileSync(process.execPath, ["--import", "tsx", script, String(seed)]).toString();
  const first = run(3);
  expect(first).toMatch(/^[0-9a-f]{64}\n$/);
  expect(run(3)).toBe(first);
  expect(run(4)).not.toBe(first);
});
