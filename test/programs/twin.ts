// A recipe run twice: by the runtime on emitted code, and by the interpreter in doubles with the same weights and draws.

import { instantiate } from "../../compiler/backends/instantiate.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { optimise } from "../../compiler/pipeline.ts";
import type { ModelProgram, TrainProgram } from "../../runtime/abi.ts";
import { initialise } from "../../runtime/init.ts";
import { firstInferenceDraw, Model } from "../../runtime/model.ts";
import { splitSeed, streamKey } from "../../runtime/random.ts";
import { turnsOf, updatesOf } from "../../runtime/rounds.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";

export type Data = ReadonlyMap<string, Tensor>;
type Arrays = Readonly<Record<string, Float32Array | Int32Array>>;
type Log = Readonly<Record<string, unknown>>;

const seed = 3;

const arraysOf = (data: Data): Arrays =>
  Object.fromEntries(
    [...data].map(([name, { dtype, data: values }]) => [
      name,
      dtype === "i32" ? Int32Array.from(values) : Float32Array.from(values),
    ]),
  );

const initialValues = (module: Module): Map<string, Tensor> =>
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
): Promise<ReadonlyMap<string, number>> => {
  const program = (await instantiate(optimise(module))) as ModelProgram;
  const model = new Model<Arrays, Float32Array | Readonly<Record<string, Float32Array>>>(program);
  model.initialise(seed);
  const got = await model.forward(arraysOf(data), { sizes });
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
    ([name, { data }]) => name.startsWith(`${path}:`) && data.every((one) => Math.abs(one) < 1e-24),
  );

/** Differences after `executions` executions: losses by execution, then every weight and buffer of the nets. */
export const trainingApart = async (
  module: Module,
  batchOf: (execution: number) => Data,
  executions: number,
): Promise<ReadonlyMap<string, number>> => {
  const program = (await instantiate(optimise(module))) as TrainProgram;
  const trainer = new Trainer<Arrays, Log, unknown>(program);
  await startTrainer(trainer, { seed });
  const stored = initialValues(module);
  const turns = turnsOf(program.steps, program.settings.accumulate);
  const differences = new Map<string, number>();
  for (let n = 0; n < executions; n++) {
    const data = batchOf(n);
    const turn = turns[n % turns.length]!;
    const step = module.train!.steps[turn.step]!;
    const entry = turn.updates ? step.entry : (step.partial ?? step.entry);
    const { loss, stores } = interpretEntry(entryOf(module, entry), {
      data,
      stored,
      step: updatesOf(turns, turn.step, n) + 1,
      draw: drawsOf(n),
    });
    for (const [path, value] of stores) stored.set(path, value);
    const log = await trainer.step(arraysOf(data));
    const own = (step.name === "" ? log : log[step.name]) as Readonly<Record<string, number>>;
    differences.set(`${step.name} loss ${n + 1}`, apart([own["loss"]!], [loss ?? NaN]));
  }
  for (const { prefix } of module.train!.models) {
    const { params } = trainer.model(prefix);
    for (const [path, handle] of Object.entries(params)) {
      const whole = `${prefix}.${path}`;
      if (isCancelled(whole, stored)) continue;
      differences.set(whole, apart(await handle.read(), stored.get(whole)!.data));
    }
  }
  return differences;
};
