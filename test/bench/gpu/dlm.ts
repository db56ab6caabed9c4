// Runners of dlm: a model or a recipe is run once as users run it, and then repeated on the device.

import type { ModelProgram, TrainProgram } from "../../../runtime/abi.ts";
import { Model, startModel } from "../../../runtime/model.ts";
import { startTrainer, Trainer } from "../../../runtime/trainer.ts";
import type { TensorData } from "../../../runtime/store.ts";
import { seed } from "../shared/first-weights.ts";
import type { Weights } from "../shared/first-weights.ts";
import type { ProgramSpec } from "../shared/programs.ts";
import { readRanges, recorderOf, replayOf } from "./replay.ts";
import { called, queued } from "./work.ts";
import type { Lab, Runner } from "./work.ts";

export { firstWeights } from "../shared/first-weights.ts";

export type Inputs = Readonly<Record<string, Float32Array | Int32Array>>;
type Outputs = TensorData | Readonly<Record<string, TensorData>>;
type Log = { readonly loss: number };

const listOf = (outputs: Outputs): readonly Float32Array[] =>
  ArrayBuffer.isView(outputs)
    ? [outputs as Float32Array]
    : (Object.values(outputs) as readonly Float32Array[]);

const isSame = (a: readonly Float32Array[], b: readonly Float32Array[]): boolean =>
  a.every((list, k) => list.length === b[k]!.length && list.every((x, i) => x === b[k]![i]));

const opened = async (
  { gpu, program }: Lab,
  spec: ProgramSpec,
  weights: Weights,
): Promise<Model<Inputs, Outputs>> => {
  const compiled = (await program(spec)) as ModelProgram;
  const model = await startModel(new Model<Inputs, Outputs>(compiled), { gpu: gpu.gpu });
  for (const [path, values] of weights) model.params[path]!.write(values);
  return model;
};

/** `forward` of a model: time on the device, inputs and outputs left there. */
export const modelRunner = async (
  lab: Lab,
  spec: ProgramSpec,
  inputs: Inputs,
  weights: Weights = new Map(),
): Promise<Runner> => {
  const model = await opened(lab, spec, weights);
  const device = lab.gpu.lastDevice();
  const { record, wait } = recorderOf(device);
  const outputs = listOf(await model.forward(inputs));
  const recording = await record(() => model.forward(inputs));
  const { dispatches, reads } = recording;
  const plain = replayOf(device, recording, dispatches, false);
  // Twice, since the first is of what `forward` has left.
  plain.run();
  plain.run();
  const keepsInputs = isSame(outputs, await readRanges(device, reads));
  const replay = keepsInputs ? plain : replayOf(device, recording, dispatches, true);
  return {
    ...queued(replay.run, wait),
    outputs: async () => outputs,
    check: async () =>
      isSame(outputs, await readRanges(device, reads)) ? null : "the outputs are others now",
    dispose: () => {
      replay.dispose();
      model.dispose();
    },
    note: `${countOf(dispatches.length)}${keepsInputs ? "" : ", inputs copied there each time"}`,
  };
};

const countOf = (dispatches: number): string =>
  `${dispatches} dispatch${dispatches === 1 ? "" : "es"}`;

/** Milliseconds of the fastest of a few calls. */
const leastOf = async (call: () => Promise<unknown>, calls = 5): Promise<number> => {
  let least = Infinity;
  for (let n = 0; n < calls; n++) {
    const begun = performance.now();
    await call();
    least = Math.min(least, performance.now() - begun);
  }
  return least;
};

/** `forward` as users call it: from arrays to arrays, one call after the other. */
export const callRunner = async (
  lab: Lab,
  spec: ProgramSpec,
  inputs: Inputs,
  weights: Weights = new Map(),
): Promise<Runner> => {
  const model = await opened(lab, spec, weights);
  return {
    ...called(() => model.forward(inputs)),
    outputs: async () => listOf(await model.forward(inputs)),
    dispose: () => model.dispose(),
  };
};

type RecipeOptions = {
  /** Steps from the first weights on; what they give is looked at. */
  readonly steps: number;
  /** A parameter of `net` to look at after them, in place of their losses. */
  readonly param?: string;
  /** Only what runs once the loss is known to be finite: the update. */
  readonly updateAlone?: boolean;
};

/** Steps of a recipe: time on the device, the batch left there. */
export const recipeRunner = async (
  { gpu, program }: Lab,
  spec: ProgramSpec,
  batch: Inputs,
  { steps, param, updateAlone = false }: RecipeOptions,
): Promise<Runner> => {
  const compiled = (await program(spec)) as TrainProgram;
  const trainer = await startTrainer(new Trainer<Inputs, Log, object>(compiled), {
    gpu: gpu.gpu,
    seed,
  });
  const device = gpu.lastDevice();
  const { record, wait } = recorderOf(device);
  const losses: number[] = [];
  for (let n = 0; n < steps; n++) losses.push((await trainer.step(batch)).loss);
  const outputs =
    param === undefined
      ? Float32Array.from(losses)
      : await trainer.model("net").params[param]!.read();
  const recording = await record(() => trainer.step(batch));
  const stepMs = updateAlone ? null : await leastOf(() => trainer.step(batch));
  const dispatches = recording.dispatches.filter(({ isIndirect }) => !updateAlone || isIndirect);
  if (dispatches.length === 0) throw new Error("no dispatch waits for the loss");
  const replay = replayOf(device, recording, dispatches, !updateAlone);
  return {
    ...queued(replay.run, wait),
    outputs: async () => [outputs],
    check: async () => {
      const read = await readRanges(device, recording.reads);
      return read.every((list) => list.every(Number.isFinite)) ? null : "the loss is not finite";
    },
    dispose: () => {
      replay.dispose();
      trainer.dispose();
    },
    note: `${countOf(dispatches.length)}${
      stepMs === null
        ? " of the update alone"
        : `; ${stepMs.toPrecision(3)} ms with the batch sent and the loss read`
    }`,
  };
};
