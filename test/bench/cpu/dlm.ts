// Runners of dlm, as users call it.

import type { ModelProgram, TrainProgram } from "../../../runtime/abi.ts";
import type { OpenHost } from "../../../runtime/host.ts";
import { seed } from "../shared/first-weights.ts";
import { called, calledAtOnce } from "../shared/runner.ts";
import type { Runner } from "../shared/runner.ts";
import { built } from "./figures/built.ts";
import { watchOthers } from "./others.ts";
import type { Compiled } from "./programs.ts";
import type { Weights } from "./networks/network.ts";

type Runtime = typeof import("../../../runtime/index.ts");

/** As it is published: the loader of sources gives functions their names while they run, which small networks notice. */
const { Model, startModel, Trainer, startTrainer } = (await import(
  built("dist/runtime/index.js")
)) as Runtime;

type Inputs = Readonly<Record<string, Float32Array | Int32Array>>;
type Log = { readonly loss: number };

const rounding = ({ isFused }: Compiled): string =>
  isFused ? "multiplies and adds with one rounding" : "multiplies, then adds";

type ModelOptions = { readonly weights?: Weights; readonly threads?: number };

/** `predict`: from arrays to a view of the result. */
export const modelRunner = async (
  compiled: Compiled,
  inputs: Inputs,
  { weights = new Map(), threads = 1 }: ModelOptions = {},
): Promise<Runner> => {
  const program = compiled.program as ModelProgram;
  const model = await startModel(new Model<Inputs, Float32Array>(program), { threads });
  const others = watchOthers();
  for (const [path, { values }] of weights) model.params[path]!.write(values);
  return {
    ...calledAtOnce(() => model.predict(inputs)),
    outputs: async () => [model.predict(inputs).slice()],
    dispose: () => model.dispose(),
    get note() {
      return threads === 1 ? rounding(compiled) : others();
    },
  };
};

/** Counts the milliseconds in which kernels run. */
const clocked = (open: OpenHost): { readonly open: OpenHost; readonly kernelMs: () => number } => {
  let ms = 0;
  return {
    open: (words) => {
      const host = open(words);
      return Object.create(host, {
        // Getters of the host are of the host, not of what inherits from it.
        heap: { get: () => host.heap },
        run: {
          value: (...args: Parameters<typeof host.run>): void => {
            const begun = performance.now();
            host.run(...args);
            ms += performance.now() - begun;
          },
        },
      }) as typeof host;
    },
    kernelMs: () => ms,
  };
};

const started = (program: TrainProgram, threads = 1) =>
  startTrainer(new Trainer<Inputs, Log, object>(program), { seed, threads });

/** The part of a step's time in which no kernel runs, of so many steps. */
const timeOutside = async (
  program: TrainProgram,
  batch: Inputs,
  steps: number,
): Promise<number> => {
  const { open, kernelMs } = clocked(program.open!);
  const trainer = await started({ ...program, open });
  for (let n = 0; n < steps; n++) await trainer.step(batch);
  const [begun, before] = [performance.now(), kernelMs()];
  for (let n = 0; n < steps; n++) await trainer.step(batch);
  const part = 1 - (kernelMs() - before) / (performance.now() - begun);
  trainer.dispose();
  return part;
};

/** `step`: from a batch to its loss. Those of the first steps are looked at. */
export const recipeRunner = async (
  compiled: Compiled,
  batch: Inputs,
  steps: number,
  threads = 1,
): Promise<Runner> => {
  const program = compiled.program as TrainProgram;
  const part = await timeOutside(program, batch, 20);
  const trainer = await started(program, threads);
  const others = watchOthers();
  return {
    ...called(() => trainer.step(batch)),
    outputs: async () => {
      const losses: number[] = [];
      for (let n = 0; n < steps; n++) losses.push((await trainer.step(batch)).loss);
      return [Float32Array.from(losses)];
    },
    dispose: () => trainer.dispose(),
    get note() {
      const outside = `${(100 * part).toFixed(1)} % outside kernels`;
      return threads === 1 ? `${rounding(compiled)}; ${outside}` : others();
    },
  };
};
