// What is prepared from weights is never that of earlier weights: every way to change them, beside a program without it.
import { expect, test } from "vitest";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { compile, optimise } from "../../compiler/pipeline.ts";
import type { ModelProgram, TrainProgram } from "../../runtime/abi.ts";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { Model, startModel } from "../../runtime/model.ts";
import { SteppedModel } from "../../runtime/stepped-model.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { normalAt } from "../../runtime/random.ts";

const recipe = `
model Net(x: [B, 9, 3]) -> [B, 2] {
  return x -> Conv1d(5, 3) -> BatchNorm() -> relu -> flatten -> Dense(4) -> BatchNorm(affine = false) -> Dense(2)
}
model Other(x: [B, 9, 3]) -> [B, 3] { return x -> flatten -> Dense(3) -> BatchNorm() }
train Fit {
  data x: [B, 9, 3], label: int[B]
  batch: 7
  ema: EMA
  let net = Net()
  let other = Other()
  step first { minimize mean(cross_entropy(net(x), label)) over net using Adam(lr = 0.1) }
  step second { minimize mean(other(x)^2) over other using Sgd(lr = 0.1) }
}`;

const moduleOf = (text: string, name: string): Module => {
  const { modules, diagnostics } = compile({ entry: "a.dlm", read: () => text, optimise: false });
  expect(diagnostics).toEqual([]);
  return modules.find((module) => module.name === name)!;
};

const numbers = (seed: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => normalAt(seed, 5, 0, i));
const batchOf = (seed: number, rows = 7): ArrayBatch => ({
  x: numbers(seed, rows * 27),
  label: Int32Array.from({ length: rows }, (_, i) => (i + seed) % 2),
});

type Numbers = Readonly<Record<string, number>>;
type Net = Model<{ x: Float32Array }, Float32Array>;
type Fit = Trainer<ArrayBatch, Numbers, Numbers>;

/** The program with what is prepared, and without. */
const programsOf = async (ema: number): Promise<readonly [TrainProgram, TrainProgram]> => {
  const module = moduleOf(recipe.replace("EMA", String(ema)), "Fit");
  const prepared = (await instantiate(optimise(module))) as TrainProgram;
  return [prepared, (await instantiate(optimise(module, "steps"))) as TrainProgram];
};
const programs = await programsOf(0);
const averaging = await programsOf(0.9);

const pairOf = async ([prepared, plain] = programs): Promise<readonly [Fit, Fit]> => {
  expect([prepared.prepare === undefined, plain.prepare]).toEqual([false, undefined]);
  return [
    await startTrainer<Fit>(new Trainer(prepared), {}),
    await startTrainer<Fit>(new Trainer(plain), {}),
  ];
};

const close = (got: Float32Array, want: Float32Array): void => {
  expect(got.length).toBe(want.length);
  const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i]!)), 0);
  expect(worst).toBeLessThan(1e-5 * (1 + Math.max(...want.map(Math.abs))));
};

/** Does the same to both and expects other results than before, the same of both. */
const afterEach = async (
  pair: readonly [Fit, Fit],
  changes: readonly ((trainer: Fit, net: Net, weights: Uint8Array) => unknown)[],
): Promise<void> => {
  const x = numbers(77, 4 * 27);
  const nets = pair.map((trainer) => trainer.model<{ x: Float32Array }, Float32Array>("net"));
  const weights = await nets[1]!.save();
  let before = nets[0]!.predict({ x }).slice();
  close(before, nets[1]!.predict({ x }));
  for (const change of changes) {
    for (const [i, trainer] of pair.entries()) await change(trainer, nets[i]!, weights);
    const after = nets[0]!.predict({ x }).slice();
    close(after, nets[1]!.predict({ x }));
    expect(after).not.toEqual(before);
    before = after;
  }
};

const trainBoth = async (trainer: Fit, seed = 1): Promise<void> => {
  for (const n of [0, 1]) await trainer.step(batchOf(seed + n));
};

test("weights are prepared anew after training, loading, writing and starting over", async () => {
  const kernel = "Conv1d_0.K" as never;
  const norm = "BatchNorm_0.gamma" as never;
  await afterEach(await pairOf(), [
    (_, net) => net.params[norm]!.write(numbers(4, 5)),
    (_, net) => net.params[kernel]!.write(numbers(3, 45)),
    (trainer) => trainBoth(trainer, 5),
    (_, net, weights) => net.load(weights),
    (trainer) => trainer.initialise(12),
    async (trainer) => {
      await trainer.keepBest();
      await trainBoth(trainer, 9);
    },
    (trainer) => trainer.restoreBest(),
  ]);
});

test("a checkpoint brings its own", async () => {
  const pair = await pairOf();
  const checkpoints = await Promise.all(pair.map((trainer) => trainer.save()));
  await afterEach(pair, [
    (trainer) => trainBoth(trainer),
    (trainer) => trainer.load(checkpoints[pair.indexOf(trainer)]!),
  ]);
});

test("a checkpoint and saved weights hold nothing that is prepared", async () => {
  const [prepared, plain] = await pairOf(averaging);
  const x = numbers(7, 27);
  for (const trainer of [prepared, plain]) {
    trainer.model<{ x: Float32Array }, Float32Array>("net").predict({ x });
    await trainer.keepBest();
  }
  expect(await prepared.save()).toEqual(await plain.save());
  expect(await prepared.model("net").save()).toEqual(await plain.model("net").save());
});

test("averaged weights are prepared for evaluation, and the weights again after it", async () => {
  const pair = await pairOf(averaging);
  const evaluated: Numbers[] = [];
  await afterEach(pair, [
    (trainer) => trainBoth(trainer),
    async (trainer) => {
      evaluated.push(await trainer.evaluate([batchOf(20), batchOf(21, 3)]));
      await trainBoth(trainer, 30);
    },
  ]);
  const [first, second] = evaluated;
  for (const [name, value] of Object.entries(first!))
    expect(Math.abs(value - second![name]!)).toBeLessThan(1e-5 * (1 + Math.abs(value)));
  // Between evaluations nothing changes, so the weights in use are those of before.
  const x = numbers(78, 27);
  const [net] = pair.map((trainer) => trainer.model<{ x: Float32Array }, Float32Array>("net"));
  const before = net!.predict({ x }).slice();
  await pair[0].evaluate([batchOf(22)]);
  expect(net!.predict({ x })).toEqual(before);
});

test("two objects for one net, and a step that trains another net, see the same weights", async () => {
  const [trainer, plain] = await pairOf();
  const x = numbers(79, 2 * 27);
  const [one, two] = [
    trainer.model<{ x: Float32Array }, Float32Array>("net"),
    trainer.model<{ x: Float32Array }, Float32Array>("net"),
  ];
  const other = trainer.model<{ x: Float32Array }, Float32Array>("other");
  const before = two.predict({ x }).slice();
  other.predict({ x });
  one.params["Conv1d_0.K" as never]!.write(numbers(6, 45));
  const after = two.predict({ x }).slice();
  expect(after).not.toEqual(before);
  plain.model("net").params["Conv1d_0.K" as never]!.write(numbers(6, 45));
  close(after, plain.model<{ x: Float32Array }, Float32Array>("net").predict({ x }));
  // The first batch trains `net`, the second `other`, whose weights alone change then.
  await trainer.step(batchOf(1));
  const trained = two.predict({ x }).slice();
  const others = other.predict({ x }).slice();
  await trainer.step(batchOf(2));
  expect(two.predict({ x })).toEqual(trained);
  expect(other.predict({ x })).not.toEqual(others);
});

test("memory that grows keeps what is prepared, and results of any size are the same", async () => {
  const [trainer, plain] = await pairOf();
  const [net, same] = [trainer, plain].map((one) =>
    one.model<{ x: Float32Array }, Float32Array>("net"),
  );
  for (const rows of [1, 400, 2, 3000, 1]) {
    const x = numbers(rows, rows * 27);
    close(await net!.forward({ x }), await same!.forward({ x }));
  }
});

const causal = `model Walk(x: [B, T, 3]) -> [B, T, 2] {
  return x -> Dense(6) -> BatchNorm() -> scan T { Lstm(4) } -> Dense(2) -> BatchNorm(affine = false)
}`;

test("steps of a causal model read what is prepared, also after a write between two of them", async () => {
  const module = moduleOf(causal, "Walk");
  const program = (await instantiate(optimise(module))) as ModelProgram;
  const plain = (await instantiate(optimise(module, "steps"))) as ModelProgram;
  type Walk = SteppedModel<{ x: Float32Array }, Float32Array, string, { x: Float32Array }>;
  const models: Walk[] = [];
  for (const one of [program, plain])
    models.push(await startModel(new SteppedModel(one) as Walk, { seed: 5 }));
  expect(program.stepping!.step.prepared).toBe(true);
  let states = models.map((model) => model.start({}));
  for (let t = 0; t < 4; t++) {
    if (t === 2) for (const model of models) model.params["Dense_0.W"]!.write(numbers(8, 18));
    const x = numbers(90 + t, 3);
    const made = models.map((model, i) => model.step({ x }, states[i]!));
    close(made[0]!.y, made[1]!.y);
    states = made.map(({ state }) => state);
  }
});
