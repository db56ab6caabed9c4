// WebAssembly until it computes something else: functions, kernels, a few updates, a loss that is not finite, and generated
// programs.

import { instantiate } from "../../compiler/backends/instantiate.ts";
import { createWasmBackend, wasmBackend } from "../../compiler/backends/wasm/index.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { optimise } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { allowFusedProducts } from "../../runtime/node/fused-products.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { differencesIn, drawCase, drawSpecial } from "../backends/wgsl/against-interpreter.ts";
import { contractions, product } from "../backends/wgsl/contractions.ts";
import type { Layout } from "../backends/wgsl/contractions.ts";
import { functionCases } from "../backends/wgsl/function-cases.ts";
import { sharedLaunches } from "../backends/wgsl/shared-launches.ts";
import { writtenKernels } from "../backends/wgsl/written-kernels.ts";
import { checkWasm } from "../fuzz/device.ts";
import { generate } from "../fuzz/generate.ts";
import { verdictOf } from "../fuzz/run.ts";
import { compileProgram } from "../goldens/compile.ts";
import { createRandom } from "../ir/random.ts";
import type { Data } from "../programs/twin.ts";
import { apart, trainingApart } from "../programs/twin.ts";
import { functionErrors } from "../wasm/function-errors.ts";
import { channelKernels } from "../wasm/channel-kernels.ts";
import { groupedKernels } from "../wasm/grouped-kernels.ts";
import { guardedKernels } from "../wasm/guarded-kernels.ts";
import { innerKernels } from "../wasm/inner-kernels.ts";
import { differenceIn, largeProducts } from "../wasm/large-products.ts";
import { rangedKernels } from "../wasm/ranged-kernels.ts";
import { runKernel } from "../wasm/run-kernel.ts";
import { batchOf, recipe } from "./fit-recipe.ts";

const findInFunctions = (): string | null =>
  functionCases
    .filter(({ kernel }) => kernel.params.every(({ shape }) => Number(shape[0]) < 2000))
    .flatMap((one) => functionErrors(one))[0] ?? null;

const layouts: readonly Layout[] = ["nn", "tn", "nt", "tt"];
const kernels: readonly Kernel[] = [
  ...layouts.flatMap((layout) => [
    product(layout, { M: 33, N: 13, K: 17 }),
    product(layout, { M: 1, N: 37, K: 19 }),
  ]),
  ...contractions,
  ...writtenKernels,
  ...sharedLaunches,
  ...guardedKernels,
  ...innerKernels,
  ...groupedKernels,
  ...channelKernels,
  ...rangedKernels,
];
const sizes = new Map([
  ["B", 17],
  ["T", 9],
]);

/** With products that are rounded once with their sums, and without. */
const findInKernels = (): string | null => {
  const random = createRandom(3);
  const ways = allowFusedProducts() ? [false, true] : [false];
  const most = (dim: Parameters<typeof evaluateDim>[0]): number => evaluateDim(dim, sizes);
  for (const kernel of kernels)
    for (const drawn of [drawCase(kernel, sizes, random), drawSpecial(kernel, sizes, random)])
      for (const bounds of [undefined, { most, fewest: most }]) {
        if (drawn === null) continue;
        const results = ways.map((way) => runKernel(kernel, drawn.buffers, sizes, bounds, way));
        const { found } = differencesIn(
          ways.map(() => drawn),
          results,
        );
        if (found.length > 0) return found[0]!;
      }
  return null;
};

const findInLargeProducts = async (): Promise<string | null> => {
  for (const one of largeProducts) {
    const difference = await differenceIn(one, [1]);
    if (difference !== null) return difference;
  }
  return null;
};

/** Of five examples and of seven, in turn. */
const batches = (n: number): Data => batchOf(n, n % 2 === 0 ? 5 : 7);

const findInUpdates = async (): Promise<string | null> => {
  const on = { backend: wasmBackend };
  const all = await trainingApart(compileProgram(recipe, "Fit"), batches, 4, on);
  const off = [...all].find(([, difference]) => !(difference < 1e-4));
  return off === undefined ? null : `${off[0]} is ${off[1]} off`;
};

/** Weights stay what they are where the loss is not finite. */
const findAfterNaN = async (): Promise<string | null> => {
  const module = optimise(compileProgram(recipe, "Fit"));
  const program = (await instantiate(module, { backend: wasmBackend })) as TrainProgram;
  const trainer = new Trainer<Record<string, Float32Array>, unknown, unknown>(program);
  await startTrainer(trainer, { seed: 3 });
  const { params } = trainer.model("net");
  const read = (): Promise<readonly Float32Array[]> =>
    Promise.all(Object.values(params).map((param) => param.read()));
  const before = await read();
  const batch = { x: new Float32Array(15).fill(NaN), y: new Float32Array(5) };
  await trainer.step(batch).catch(() => {});
  const after = await read();
  trainer.dispose();
  const isSame = before.every((values, k) => apart(after[k]!, values) === 0);
  return isSame ? null : "weights changed though the loss is not finite";
};

/** Weights are the same bits on two threads, with all split that can be. */
const findOnThreads = async (): Promise<string | null> => {
  const module = optimise(compileProgram(recipe, "Fit"));
  const backend = createWasmBackend({ split: 0, wake: 0, line: 4 });
  const program = (await instantiate(module, { backend })) as TrainProgram;
  const trained = async (threads: number): Promise<Uint8Array> => {
    const trainer = new Trainer<Record<string, Float32Array>, unknown, unknown>(program);
    await startTrainer(trainer, { seed: 3, threads });
    const batch = { x: new Float32Array(15).fill(0.5), y: new Float32Array(5) };
    for (let n = 0; n < 3; n++) await trainer.step(batch);
    const saved = await trainer.save();
    trainer.dispose();
    return saved;
  };
  const [alone, shared] = [await trained(1), await trained(2)];
  return Buffer.compare(alone, shared) === 0 ? null : "two threads train something else";
};

const firstSeed = 7000;
const count = 60;

const findInPrograms = async (): Promise<string | null> => {
  const check = checkWasm(() => {});
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const verdict = await verdictOf(generate(seed), check);
    if (verdict !== null) return `seed ${seed}: ${verdict}`;
  }
  return null;
};

export const findInWasm = async (): Promise<string | null> =>
  findInFunctions() ??
  findInKernels() ??
  (await findInLargeProducts()) ??
  (await findInUpdates()) ??
  (await findAfterNaN()) ??
  (await findOnThreads()) ??
  findInPrograms();
