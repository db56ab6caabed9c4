// Training on WebGPU and on TypeScript, stopped anywhere and gone on with on either: the same logs and weights.

import { describe, expect, test } from "vitest";
import type { TrainProgram } from "../../runtime/abi.ts";
import { fit } from "../../runtime/fit.ts";
import { readSafetensors } from "../../runtime/safetensors.ts";
import type { Source } from "../../runtime/data/dataset.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { apart } from "../programs/twin.ts";
import { start } from "../runtime/recipe.ts";
import { recipes } from "../runtime/programs/resumed-recipes.ts";
import { compileBoth } from "./targets.ts";

/** Of a number in a log, and of a weight or an optimizer's state. */
const tolerance = { log: 1e-5, tensor: 1e-4 };

type Run = {
  /** All numbers of each log. */
  readonly logs: readonly (readonly number[])[];
  /** After each epoch, and at the end. */
  readonly checkpoints: readonly Uint8Array[];
  readonly validation: readonly number[];
};

const numbersOf = (value: unknown): readonly number[] =>
  typeof value === "number"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(numbersOf)
      : [];

const train = async (
  program: TrainProgram,
  data: Source,
  checkpoint?: Uint8Array,
): Promise<Run> => {
  const trainer = await start(program, {
    seed: 3,
    ...(program.target === "webgpu" ? { gpu: swiftShaderGpu() } : {}),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
  const logs: (readonly number[])[] = [];
  const checkpoints: Uint8Array[] = [];
  const { validation } = await fit(trainer, {
    data,
    settings: { logEvery: 1, checkpointEvery: 2 },
    onLog: (log) => void logs.push(numbersOf(log)),
    onCheckpoint: async (bytes) => void checkpoints.push(bytes),
  });
  trainer.dispose();
  return { logs, checkpoints, validation: numbersOf(validation) };
};

/** Tensors of a checkpoint by name, as numbers. */
const tensorsOf = (bytes: Uint8Array): ReadonlyMap<string, readonly number[]> =>
  new Map(
    [...readSafetensors(bytes).tensors].map(([name, tensor]) => {
      const words = tensor.bytes.slice();
      if (tensor.dtype === "BOOL") return [name, [...words]];
      const type = tensor.dtype === "F32" ? Float32Array : Int32Array;
      return [name, [...new type(words.buffer)]];
    }),
  );

/** A bias before batch norm moves by what rounding leaves of a gradient of 0, and no two targets round alike. */
const withoutIdleBias = (text: string): string =>
  text.replaceAll("Dense(7) -> BatchNorm()", "Dense(7, bias = false) -> BatchNorm()");

/** `own` against the end of `want`: a run that goes on has fewer logs. */
const expectAlike = (own: Run, want: Run): void => {
  const last = want.logs.slice(want.logs.length - own.logs.length);
  own.logs.forEach((log, n) =>
    log.forEach((number, k) => {
      const wanted = last[n]![k]!;
      if (number === wanted) return;
      const error = Math.abs(number - wanted) / Math.max(1, Math.abs(wanted));
      expect(error, `log ${n}: ${log.join()} not ${last[n]!.join()}`).toBeLessThan(tolerance.log);
    }),
  );
  expect(apart(own.validation, want.validation)).toBeLessThan(tolerance.log);
  const [tensors, wanted] = [own, want].map(({ checkpoints }) => tensorsOf(checkpoints.at(-1)!));
  expect([...tensors!.keys()]).toEqual([...wanted!.keys()]);
  for (const [name, numbers] of tensors!)
    expect(apart(numbers, wanted!.get(name)!), name).toBeLessThan(tolerance.tensor);
};

describe.skipIf(!hasSwiftShader)(`a run (${needsSwiftShader})`, { timeout: 300_000 }, () => {
  test.each(Object.entries(recipes))("%s", async (_name, { text, source }) => {
    const programs = await compileBoth(withoutIdleBias(text));
    const wanted = await train(programs.typescript, source);
    const whole = await train(programs.webgpu, source);
    expect(whole.logs.length).toBe(wanted.logs.length);
    expect(whole.logs.length).toBeGreaterThan(3);
    expectAlike(whole, wanted);
    const at = Math.floor(wanted.checkpoints.length / 2) - 1;
    const [ofDevice, ofThread] = [whole.checkpoints[at]!, wanted.checkpoints[at]!];
    const again = await train(programs.webgpu, source, ofDevice);
    expect(again.logs.length).toBeLessThan(whole.logs.length);
    expect(again.logs).toEqual(whole.logs.slice(-again.logs.length));
    expect(Buffer.compare(again.checkpoints.at(-1)!, whole.checkpoints.at(-1)!)).toBe(0);
    expectAlike(await train(programs.webgpu, source, ofThread), wanted);
    expectAlike(await train(programs.typescript, source, ofDevice), wanted);
  });
});
