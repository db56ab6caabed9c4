// One training step of 784-256-128-10 at batch 128, and one example through 784-128-10: dlm's TypeScript backend beside
// a hand-written product and TensorFlow.js's JavaScript backend, in turns, in one process, on one thread.

import { readFileSync } from "node:fs";
import { compile, instantiate } from "../../compiler/index.ts";
import type { ModelProgram, TrainProgram } from "../../runtime/abi.ts";
import { Model } from "../../runtime/model.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { blockedProduct } from "./blocked-product.ts";
import { tfjsStep } from "./tfjs-step.ts";

const path = new URL("mlp.dlm", import.meta.url).pathname;
const compilation = compile({ entry: path, read: () => readFileSync(path, "utf8") });
const programOf = async (name: string): Promise<ModelProgram | TrainProgram> => {
  const module = compilation.modules.find((one) => one.name === name);
  if (module === undefined) throw new Error(compilation.diagnostics.map((d) => d.message).join());
  return instantiate(module);
};

const batch = 128;
const widths = [784, 256, 128, 10];
const noise = (count: number): Float32Array => Float32Array.from({ length: count }, Math.random);
const x = noise(batch * 784);
const label = Int32Array.from({ length: batch }, (_, i) => i % 10);

/** Multiply-adds of forward, weight gradients, and input gradients of all layers but the first, times two. */
const stepFlop = widths.slice(1).reduce((sum, width, i) => {
  const product = 2 * batch * widths[i]! * width;
  return sum + product * (i === 0 ? 2 : 3);
}, 0);

/** Median of `rounds` timings of each, taken in turns so that all see the same machine. */
const inTurns = async (
  work: Readonly<Record<string, () => unknown>>,
  rounds: number,
): Promise<Readonly<Record<string, number>>> => {
  const times = new Map<string, number[]>(Object.keys(work).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(work)) {
      const start = performance.now();
      await run();
      times.get(name)!.push(performance.now() - start);
    }
  return Object.fromEntries(
    [...times].map(([name, list]) => [name, list.sort((a, b) => a - b)[list.length >> 1]!]),
  );
};

const trainer = await startTrainer(
  new Trainer<object, object, object>((await programOf("MlpTrainer")) as TrainProgram),
  { seed: 0 },
);
const small = new Model<object, Float32Array>((await programOf("Small")) as ModelProgram);
const one = noise(784);

const [m, n, k] = [128, 256, 784];
const [a, b, c] = [noise(m * k), noise(k * n), new Float32Array(m * n)];
const tfjs = await tfjsStep(widths, x, label);

for (let i = 0; i < 20; i++) {
  await trainer.step({ x, label });
  blockedProduct(a, b, c, m, n, k);
  for (let j = 0; j < 50; j++) small.predict({ x: one });
}
const medians = await inTurns(
  {
    step: () => trainer.step({ x, label }),
    product: () => blockedProduct(a, b, c, m, n, k),
    single: () => {
      for (let j = 0; j < 20; j++) small.predict({ x: one });
    },
  },
  60,
);
const slow = await inTurns({ tfjs, step: () => trainer.step({ x, label }) }, 7);

const gflops = (flop: number, ms: number): number => flop / ms / 1e6;
const step = gflops(stepFlop, medians["step"]!);
const product = gflops(2 * m * n * k, medians["product"]!);
const rows: readonly (readonly [string, string])[] = [
  ["training step", `${medians["step"]!.toFixed(2)} ms, ${step.toFixed(2)} GFLOP/s`],
  ["hand-written product", `${product.toFixed(2)} GFLOP/s`],
  ["step / product", `${((100 * step) / product).toFixed(0)} % (bar: 70 %)`],
  ["TensorFlow.js, JavaScript backend", `${slow["tfjs"]!.toFixed(1)} ms`],
  ["times faster", `${(slow["tfjs"]! / slow["step"]!).toFixed(1)} (bar: 6)`],
  ["784-128-10, one example", `${((1000 * medians["single"]!) / 20).toFixed(1)} µs (bar: 100)`],
];
for (const [name, value] of rows) console.log(`${name.padEnd(36)}${value}`);
