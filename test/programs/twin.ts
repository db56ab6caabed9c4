// A recipe run twice: by the runtime on emitted code, and by the interpreter in doubles with the same weights and draws.

import type { Backend } from "../../compiler/backends/backend.ts";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { printDim } from "../../compiler/ir/dim-text.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import type { Keeping } from "../../compiler/passes/keep-less.ts";
import { optimise } from "../../compiler/pipeline.ts";
import type { ModelProgram, TrainProgram } from "../../runtime/abi.ts";
import { initialise } from "../../runtime/init.ts";
import { firstInferenceDraw, Model, startModel } from "../../runtime/model.ts";
import { splitSeed, streamKey } from "../../runtime/random.ts";
import { turnsOf, updatesOf } from "../../runtime/rounds.ts";
import { readSafetensors, writeSafetensors } from "../../runtime/safetensors.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";

export type Data = ReadonlyMap<string, Tensor>;
type Arrays = Readonly<Record<string, Float32Array | Int32Array>>;
type Log = Readonly<Record<string, unknown>>;

/** What emitted code runs on: TypeScript unless told. */
export type On = { readonly backend?: Backend; readonly gpu?: GPU };

const gpuOf = ({ gpu }: On): { readonly gpu?: GPU } => (gpu === undefined ? {} : { gpu });

/** Of draws and initial weights. */
export const seed = 3;

const arraysOf = (data: Data): Arrays =>
  Object.fromEntries(
    [...data].map(([name, { dtype, data: values }]) => [
      name,
      dtype === "i32" ? Int32Array.from(values) : Float32Array.from(values),
    ]),
  );

/** Stored tensors as the runtime starts them. */
export const initialValues = (module: Module): Map<string, Tensor> =>
  new Map(
    module.stored.map((spec) => {
      const shape = spec.type.shape.map(Number);
      return [spec.path, tensor(spec.type.dtype, shape, initialise({ ...spec, shape }, seed))];
    }),
  );

const drawsOf =
  (counter: number) =>
  (stream: string): readonly number[] => [...streamKey(stream, ...splitSeed(seed)), counter];

/** Largest difference, relative to the largest magnitude where that is above 1. */
export const apart = (got: ArrayLike<number>, want: ArrayLike<number>): number => {
  if (got.length !== want.length) return Infinity;
  const largest = Array.from(want).reduce((most, one) => Math.max(most, Math.abs(one)), 1);
  return Array.from(want).reduce((most, one, i) => {
    const error = Math.abs(one - got[i]!) / largest;
    return Number.isNaN(error) ? Infinity : Math.max(most, error);
  }, 0);
};

/** What a model gives by emitted code and by the interpreter: the difference of each result. */
export const forwardApart = async (
  module: Module,
  data: Data,
  sizes: Readonly<Record<string, number>>,
  on: On = {},
): Promise<ReadonlyMap<string, number>> => {
  const program = (await instantiate(optimise(module), on)) as ModelProgram;
  const model = await startModel(
    new Model<Arrays, Float32Array | Readonly<Record<string, Float32Array>>>(program),
    { seed, ...gpuOf(on) },
  );
  const got = await model.forward(arraysOf(data), { sizes });
  model.dispose();
  const { results } = interpretEntry(entryOf(module, "forward"), {
    data,
    stored: initialValues(module),
    draw: drawsOf(firstInferenceDraw),
  });
  return new Map(
    [...results].map(([name, value]) => {
      const own = ArrayBuffer.isView(got) ? got : got[name]!;
      return [name, apart(own, value.data)];
    }),
  );
};

/**
 * Whether a weight's gradient is 0 but for rounding, as that of a bias before batch norm: an optimizer that divides by
 * the gradient's size makes steps of the rounding, which no two number formats share.
 */
const isCancelled = (path: string, stored: Data): boolean =>
  [...stored].some(
    ([name, { data }]) =>
      name.startsWith(`${path}:`) &&
      // What is accumulated is 0 after each update.
      !name.endsWith("gradient") &&
      data.every((one) => Math.abs(one) < 1e-24),
  );

/** What one execution of a step gave. */
export type Reading = {
  /** Name of the step; empty where the recipe has one `minimize`. */
  readonly step: string;
  readonly loss: number;
  readonly penalty: number;
};
export type BatchOf = (execution: number) => Data;

/** `executions` executions by the interpreter, in doubles, from the stored values given. */
export const trainInterpreted = (
  module: Module,
  batchOf: BatchOf,
  executions: number,
  start: Data = initialValues(module),
): { readonly readings: readonly Reading[]; readonly stored: Data; readonly averages: Data } => {
  const { steps, settings } = module.train!;
  const turns = turnsOf(steps, settings.accumulate);
  const stored = new Map(start);
  let averages: Data = paramsOf(module, start);
  const readings = Array.from({ length: executions }, (_, n): Reading => {
    const turn = turns[n % turns.length]!;
    const step = steps[turn.step]!;
    const entry = turn.updates ? step.entry : (step.partial ?? step.entry);
    const { loss, penalty, stores } = interpretEntry(entryOf(module, entry), {
      data: batchOf(n),
      stored,
      step: updatesOf(turns, turn.step, n) + 1,
      draw: drawsOf(n),
    });
    for (const [path, value] of stores) stored.set(path, value);
    if ((n + 1) % turns.length === 0) averages = averaged(averages, stored, settings.ema);
    return { step: step.name, loss: loss ?? NaN, penalty: penalty ?? 0 };
  });
  return { readings, stored, averages };
};

const paramsOf = (module: Module, stored: Data): Data =>
  new Map(
    module.stored.flatMap(({ path, storage }) =>
      storage === "param" ? [[path, stored.get(path)!]] : [],
    ),
  );

const averaged = (averages: Data, stored: Data, decay: number): Data =>
  new Map(
    [...averages].map(([path, { dtype, shape, data }]) => {
      const now = stored.get(path)!.data;
      const next = Array.from(data, (old, i) => decay * old + (1 - decay) * now[i]!);
      return [path, tensor(dtype, shape, next)];
    }),
  );

/** Sizes that axes of the data have for a name, where array lengths alone may not tell. */
const openSizesOf = (module: Module, data: Data): Readonly<Record<string, number>> =>
  Object.fromEntries(
    module.train!.fields.flatMap(({ name, type }) =>
      type.shape.flatMap((dim, axis) =>
        typeof dim === "number" ? [] : [[printDim(dim), data.get(name)!.shape[axis]!]],
      ),
    ),
  );

type TestTrainer = Trainer<Arrays, Log, unknown>;

/** Loads the weights as a file, so that averages begin at them too. */
const loadWeights = async (trainer: TestTrainer, module: Module, start: Data): Promise<void> => {
  for (const { prefix } of module.train!.models) {
    const net = trainer.model(prefix);
    const tensors = new Map(readSafetensors(await net.save()).tensors);
    for (const path of Object.keys(net.params)) {
      const values = Float32Array.from(start.get(`${prefix}.${path}`)!.data);
      tensors.set(path, { ...tensors.get(path)!, bytes: new Uint8Array(values.buffer) });
    }
    await net.load(writeSafetensors(tensors));
  }
};

/** The same by the runtime on emitted code; `start` replaces the weights of the nets, `keeping` as under a budget. */
export const trainEmitted = async (
  module: Module,
  batchOf: BatchOf,
  executions: number,
  start?: Data,
  { keeping = null, ...on }: On & { readonly keeping?: Keeping | null } = {},
): Promise<{ readonly readings: readonly Reading[]; readonly trainer: TestTrainer }> => {
  const program = (await instantiate(optimise(module, null, keeping), on)) as TrainProgram;
  const trainer: TestTrainer = new Trainer(program);
  await startTrainer(trainer, { seed, ...gpuOf(on) });
  if (start !== undefined) await loadWeights(trainer, module, start);
  const turns = turnsOf(program.steps, program.settings.accumulate);
  const readings: Reading[] = [];
  for (let n = 0; n < executions; n++) {
    const { name } = module.train!.steps[turns[n % turns.length]!.step]!;
    const data = batchOf(n);
    const log = await trainer.step(arraysOf(data), { sizes: openSizesOf(module, data) });
    const own = (name === "" ? log : log[name]) as Readonly<Record<string, number>>;
    readings.push({ step: name, loss: own["loss"]!, penalty: own["penalty"]! });
  }
  return { readings, trainer };
};

/** Differences after `executions` executions: losses by execution, every weight of the nets, every averaged one. */
export const trainingApart = async (
  module: Module,
  batchOf: BatchOf,
  executions: number,
  on: On = {},
): Promise<ReadonlyMap<string, number>> => {
  const { readings, stored, averages } = trainInterpreted(module, batchOf, executions);
  const { readings: own, trainer } = await trainEmitted(module, batchOf, executions, undefined, on);
  const differences = new Map<string, number>();
  readings.forEach(({ step, loss }, n) =>
    differences.set(`${step} loss ${n + 1}`, apart([own[n]!.loss], [loss])),
  );
  for (const { prefix } of module.train!.models) {
    const { params } = trainer.model(prefix);
    for (const [path, handle] of Object.entries(params)) {
      const whole = `${prefix}.${path}`;
      if (isCancelled(whole, stored)) continue;
      differences.set(whole, apart(await handle.read(), stored.get(whole)!.data));
    }
  }
  for (const [name, { bytes }] of readSafetensors(await trainer.save()).tensors) {
    const average = name.endsWith(":ema") ? averages.get(name.slice(0, -":ema".length)) : undefined;
    if (average === undefined || isCancelled(name.slice(0, -":ema".length), stored)) continue;
    differences.set(name, apart(new Float32Array(bytes.slice().buffer), average.data));
  }
  trainer.dispose();
  return differences;
};
