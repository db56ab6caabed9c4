// One training step of LSTM(128), 64 features, batch 32, 64 time steps: dlm's TypeScript backend, on one thread.

import { readFileSync } from "node:fs";
import { compile, instantiate } from "../../compiler/index.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";

const path = new URL("lstm.dlm", import.meta.url).pathname;
const { modules, diagnostics } = compile({ entry: path, read: () => readFileSync(path, "utf8") });
const module = modules.find((one) => one.train !== null);
if (module === undefined) throw new Error(diagnostics.map((d) => d.message).join());

const [batch, steps, width, units] = [32, 64, 64, 128];
const x = Float32Array.from({ length: batch * steps * width }, () => 2 * Math.random() - 1);
const label = Int32Array.from({ length: batch }, (_, i) => i % 10);

/** Multiply-adds times two: the product with Wx has two passes (the input needs no gradient), that with Wh three. */
const flop = 2 * batch * steps * 4 * units * (2 * width + 3 * units);

const trainer = await startTrainer(
  new Trainer<object, object, object>((await instantiate(module)) as TrainProgram),
  { seed: 0 },
);
for (let i = 0; i < 5; i++) await trainer.step({ x, label });
const times: number[] = [];
for (let i = 0; i < 25; i++) {
  const start = performance.now();
  await trainer.step({ x, label });
  times.push(performance.now() - start);
}
const median = times.sort((a, b) => a - b)[times.length >> 1]!;
console.log(`training step  ${median.toFixed(1)} ms, ${(flop / median / 1e6).toFixed(2)} GFLOP/s`);
