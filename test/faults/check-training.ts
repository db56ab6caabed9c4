// A few updates of small recipes, in emitted code, against the same updates worked out by hand: gradients from slopes
// of the loss, the optimizer, accumulation, running statistics and draws written again here.

import { instantiate } from "../../compiler/backends/instantiate.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { optimise } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { readSafetensors } from "../../runtime/safetensors.ts";
import { fromSafeTensor } from "../../runtime/weights.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { createChoices } from "../fuzz/random.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";

type Numbers = Readonly<Record<string, readonly number[]>>;
type Batch = { readonly x: Float32Array; readonly y: Float32Array };
type Started = {
  readonly module: Module;
  readonly trainer: Trainer<Batch, Readonly<Record<string, number>>, unknown>;
  /** Weights and buffers of the net, under their names in it. */
  readonly weights: () => Promise<Numbers>;
};

const start = async (text: string): Promise<Started> => {
  const module = compileProgram(text, "Fit");
  const program = (await instantiate(optimise(module))) as TrainProgram;
  const trainer = new Trainer<Batch, Readonly<Record<string, number>>, unknown>(program);
  await startTrainer(trainer, { seed: 5 });
  const net = trainer.model("net");
  const weights = async (): Promise<Numbers> => {
    const { tensors } = readSafetensors(await net.save());
    return Object.fromEntries(
      [...tensors].map(([path, one]) => [path, [...fromSafeTensor("f32", one)]]),
    );
  };
  return { module, trainer, weights };
};

const rows = 5;
const batchOf = (seed: number): Batch => {
  const { unit } = createChoices(seed);
  const draw = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 2 * unit() - 1);
  return { x: draw(rows * 3), y: draw(rows) };
};

/** The loss of a step at these weights, in doubles. */
const lossAt = (module: Module, weights: Numbers, { x, y }: Batch): number => {
  const stored = new Map(
    module.stored.map(({ path, type }) => {
      const shape = type.shape.map(Number);
      const count = shape.reduce((a, b) => a * b, 1);
      const values = weights[path.replace(/^net\./, "")] ?? Array<number>(count).fill(0);
      return [path, tensor(type.dtype, shape, values)];
    }),
  );
  const data = new Map([
    ["x", tensor("f32", [rows, 3], x)],
    ["y", tensor("f32", [rows, 1], y)],
  ]);
  return interpretEntry(entryOf(module, "step"), { data, stored }).loss ?? NaN;
};

const slopes = (module: Module, weights: Numbers, params: readonly string[], batch: Batch) => {
  const eps = 1e-5;
  const at = (path: string, element: number, by: number): number => {
    const values = weights[path]!.map((value, e) => (e === element ? value + by : value));
    return lossAt(module, { ...weights, [path]: values }, batch);
  };
  return Object.fromEntries(
    params.map((path) => [
      path,
      weights[path]!.map((_, e) => (at(path, e, eps) - at(path, e, -eps)) / (2 * eps)),
    ]),
  );
};

/** The first number that is off, or null. */
const apart = (what: string, expected: Numbers, actual: Numbers): string | null => {
  for (const [path, values] of Object.entries(expected)) {
    const got = actual[path] ?? [];
    const off = values.findIndex((value, e) => !(Math.abs(value - (got[e] ?? NaN)) <= 2e-4));
    if (off >= 0) return `${what}: ${path}[${off}] is ${got[off]} instead of ${values[off]}`;
  }
  return null;
};

const net = `
model Net(x: [B, 3]) -> [B, 1] {
  return x -> BatchNorm() -> Dense(4) -> tanh -> Dense(1)
}`;
const params = [
  "BatchNorm_0.gamma",
  "BatchNorm_0.beta",
  "Dense_0.W",
  "Dense_0.b",
  "Dense_1.W",
  "Dense_1.b",
];

/** Adam with clipped gradients, three updates, and what batch norm keeps. */
const findInUpdates = async (): Promise<string | null> => {
  const { module, trainer, weights } = await start(`${net}
train Fit {
  data x: [B, 3], y: [B, 1]
  let net = Net()
  minimize mean((net(x) - y)^2) using Adam(lr = 0.05) clip 0.3
}`);
  const moments = new Map<string, { m: number; v: number }>();
  for (let step = 1; step <= 3; step++) {
    const batch = batchOf(step);
    const before = await weights();
    const gradients = slopes(module, before, params, batch);
    const norm = Math.sqrt(
      Object.values(gradients)
        .flat()
        .reduce((sum, g) => sum + g * g, 0),
    );
    const scale = Math.min(1, 0.3 / (norm + 1e-6));
    const expected = Object.fromEntries(
      params.map((path) => [
        path,
        before[path]!.map((w, e) => {
          const g = scale * gradients[path]![e]!;
          const { m, v } = moments.get(`${path}${e}`) ?? { m: 0, v: 0 };
          const next = { m: 0.9 * m + 0.1 * g, v: 0.999 * v + 0.001 * g * g };
          moments.set(`${path}${e}`, next);
          const [mean, square] = [next.m / (1 - 0.9 ** step), next.v / (1 - 0.999 ** step)];
          return w - (0.05 * mean) / (Math.sqrt(square) + 1e-8);
        }),
      ]),
    );
    const kept = runningStatistics(before, batch);
    await trainer.step(batch);
    const verdict = apart(`update ${step}`, { ...expected, ...kept }, await weights());
    if (verdict !== null) return verdict;
  }
  return null;
};

const runningStatistics = (before: Numbers, { x }: Batch): Numbers => {
  const [meanPath, varPath] = ["mean", "var"].map(
    (word) =>
      Object.keys(before).find((path) => path.startsWith("BatchNorm") && path.includes(word)) ??
      word,
  );
  const columns = [0, 1, 2].map((c) => [...x].filter((_, e) => e % 3 === c));
  const means = columns.map((column) => column.reduce((a, b) => a + b, 0) / rows);
  const squares = columns.map(
    (column, c) => column.reduce((sum, one) => sum + (one - means[c]!) ** 2, 0) / (rows - 1),
  );
  return {
    [meanPath!]: means.map((mean, c) => 0.9 * before[meanPath!]![c]! + 0.1 * mean),
    [varPath!]: squares.map((square, c) => 0.9 * before[varPath!]![c]! + 0.1 * square),
  };
};

/** Two batches make one update by the mean of their gradients. */
const findInAccumulation = async (): Promise<string | null> => {
  const { module, trainer, weights } = await start(`
model Net(x: [B, 3]) -> [B, 1] { return x -> Dense(2) -> tanh -> Dense(1) }
train Fit {
  data x: [B, 3], y: [B, 1]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.5)
  accumulate: 2
}`);
  const own = params.filter((path) => path.startsWith("Dense"));
  const before = await weights();
  const batches = [batchOf(11), batchOf(12)];
  const gradients = batches.map((batch) => slopes(module, before, own, batch));
  const expected = Object.fromEntries(
    own.map((path) => [
      path,
      before[path]!.map((w, e) => w - 0.25 * (gradients[0]![path]![e]! + gradients[1]![path]![e]!)),
    ]),
  );
  for (const batch of batches) await trainer.step(batch);
  return apart("accumulated", expected, await weights());
};

/** Deep enough that weights are still read while others are updated; a limit that no gradient reaches. */
const findInDescent = async (): Promise<string | null> => {
  for (const clip of ["", "clip 1000"]) {
    const { module, trainer, weights } = await start(`
model Net(x: [B, 3]) -> [B, 1] {
  return x -> Dense(5) -> tanh -> Dense(4) -> tanh -> Dense(3) -> tanh -> Dense(1)
}
train Fit {
  data x: [B, 3], y: [B, 1]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.5) ${clip}
  batch: ${rows}
}`);
    const before = await weights();
    const batch = batchOf(31);
    const gradients = slopes(module, before, Object.keys(before), batch);
    const expected = Object.fromEntries(
      Object.entries(before).map(([path, values]) => [
        path,
        values.map((w, e) => w - 0.5 * gradients[path]![e]!),
      ]),
    );
    await trainer.step(batch);
    const verdict = apart(`descent ${clip}`, expected, await weights());
    if (verdict !== null) return verdict;
  }
  return null;
};

/** Two applications in one step: the second reads what the first left. */
const findInBuffers = async (): Promise<string | null> => {
  const { trainer, weights } = await start(`
model Net(x: [B, 3]) -> [B, 1] {
  param w: [1] = 1
  buffer seen: float = 1
  next seen = 2 * seen + mean(x)
  return w * mean(x, over = 1, keepdim = true) * (if training then 1 else seen)
}
train Fit {
  data x: [B, 3], y: [B, 1]
  let net = Net()
  minimize mean((net(x) + net(3 * x) - y)^2) using Sgd(lr = 0.1)
}`);
  const batch = batchOf(41);
  const mean = batch.x.reduce((a, b) => a + b, 0) / batch.x.length;
  await trainer.step(batch);
  return apart("buffer", { seen: [2 * (2 * 1 + mean) + 3 * mean] }, await weights());
};

/** What is dropped and what is kept, and that draws differ from each other and from step to step. */
const findInDraws = async (): Promise<string | null> => {
  const { trainer } = await start(`
model Net(x: [B, 3]) -> [B, 1] { return x -> Dense(1) }
train Fit {
  data x: [B, 3], y: [B, 1]
  let net = Net()
  let drop = Dropout(0.25)
  let kept = drop(0 * x + 1)
  let a: [B, 40] ~ uniform()
  let b: [B, 40] ~ uniform()
  minimize mean((net(x) - y)^2) using Sgd()
  metric top = max(kept)
  metric bottom = min(kept * (kept - 4 / 3))
  metric apart = mean((a - b)^2)
  metric first = a[0, 0]
}`);
  const batch = batchOf(21);
  const logs = [await trainer.step(batch), await trainer.step(batch)];
  for (const { top, bottom, apart: distance } of logs) {
    if (Math.abs(top! - 4 / 3) > 1e-5) return `kept values are ${top} instead of 4 / 3`;
    if (Math.abs(bottom!) > 1e-5) return "values are neither dropped nor kept";
    // The mean is 1 / 6; of 200 differences it is never as low as this.
    if (!(distance! > 0.1 && distance! < 0.25)) return `two draws are ${distance} apart`;
  }
  return logs[0]!["first"] === logs[1]!["first"] ? "two steps draw the same" : null;
};

export const findTraining = async (): Promise<string | null> => {
  for (const find of [
    findInUpdates,
    findInDescent,
    findInAccumulation,
    findInBuffers,
    findInDraws,
  ]) {
    const found = await find();
    if (found !== null) return found;
  }
  return null;
};
