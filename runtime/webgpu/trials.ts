// Runs kernels on a device by themselves, on numbers made up for them: what they give, and how long launches take.
import type { SizeValues } from "../abi.ts";
import { DlmError } from "../errors.ts";
import { floatsOf } from "../half.ts";
import type { DeviceOptions } from "../host.ts";
import { abilitiesOf, wishesOf } from "./abilities.ts";
import type { Abilities } from "./abilities.ts";
import { mapRead, usage } from "./flags.ts";
import { createFill } from "./made-up-words.ts";
import type { Fill, WordKind } from "./made-up-words.ts";
import { openDevice } from "./open-device.ts";
import { compilePipelines } from "./pipelines.ts";
import type { DeviceKernel, DeviceProgram } from "./program.ts";

export type Trial = {
  /** Of one kernel. */
  readonly program: DeviceProgram;
  readonly sizes: SizeValues;
  /** Of each of its buffers. */
  readonly kinds: readonly WordKind[];
  /** Positions of the buffers that it writes. */
  readonly results: readonly number[];
  /** Positions of the launches whose time counts. */
  readonly timed: readonly number[];
};

export type Trials = {
  /** What the device says it is. */
  readonly device: string;
  /** Rejects where the device refuses it. */
  readonly start: (trial: Trial) => Promise<StartedTrial>;
  readonly dispose: () => void;
};

export type StartedTrial = {
  /** What all its launches have made of the numbers: of each result. */
  readonly outputs: readonly (Float32Array | Int32Array)[];
  /** Milliseconds of so many runs of the launches whose time counts. */
  readonly sample: (count: number) => Promise<number>;
  readonly dispose: () => void;
};

/** `wishes`: what the kernels to come have a use for. Throws `no-device`. */
export const openTrials = async (
  wishes: Pick<DeviceProgram, "halves" | "modules">,
  options: DeviceOptions = {},
): Promise<Trials> => {
  // Its `gpu` stays with it: the device would die without.
  const opened = await openDevice(options, wishesOf(wishes));
  const { device, name } = opened;
  const abilities = await abilitiesOf(device);
  const fill = createFill(abilities.halves);
  return {
    device: name,
    start: (trial) => checked(device, () => start(device, abilities, fill, trial)),
    dispose: () => opened.device.destroy(),
  };
};

/** What a device has no room for, or does not accept, throws. */
const checked = async <T extends { readonly dispose: () => void }>(
  device: GPUDevice,
  body: () => Promise<T>,
): Promise<T> => {
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  const [made] = await Promise.allSettled([body()]);
  const errors = [await device.popErrorScope(), await device.popErrorScope()];
  const error = errors.find((one) => one !== null);
  if (made.status === "rejected") throw made.reason;
  if (error === undefined) return made.value;
  made.value.dispose();
  throw new DlmError("device-limit", error!.message);
};

const start = async (
  device: GPUDevice,
  abilities: Abilities,
  fill: Fill,
  { program, sizes, kinds, results, timed }: Trial,
): Promise<StartedTrial> => {
  const kernel = program.kernels[0]!;
  const [pipelines] = await compilePipelines(device, program, abilities);
  const { layout, launches } = pipelines!;
  const places = placesOf(kernel, sizes);
  const bound = kernel.bindings.map((binding): GPUBuffer => {
    switch (binding.kind) {
      case "piece":
        return bufferOf(device, usage.storage, places.endOf(binding.buffers), (words) => {
          // Last what it reads, where a result lies in its place.
          for (const at of binding.buffers.toReversed())
            fill(words, places.starts[at]!, places.counts[at]!, kinds[at]!, at);
        });
      case "scratch":
        return bufferOf(device, usage.storage, kernel.scratch(sizes));
      case "numbers":
        return bufferOf(device, usage.uniform, sizes.length + kernel.offsets.length, (words) =>
          words.set([...sizes, ...kernel.offsets.map((at) => places.starts[at]!)]),
        );
    }
  });
  const group = device.createBindGroup({
    layout,
    entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const workgroups = kernel.launches.map((launch) => {
    const { workgroups: others, matrices = others } = launch;
    return (abilities.matrices ? matrices : others)(sizes);
  });
  const run = (list: readonly number[], count: number): void => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setBindGroup(0, group);
    for (let n = 0; n < count; n++)
      for (const k of list) {
        pass.setPipeline(launches[k]!);
        pass.dispatchWorkgroups(...workgroups[k]!);
      }
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
  run([...launches.keys()], 1);
  const outputs = [];
  for (const at of results) {
    const binding = kernel.bindings.findIndex(
      (one) => one.kind === "piece" && one.buffers.includes(at),
    );
    const words = await readWords(device, bound[binding]!, places.starts[at]!, places.counts[at]!);
    outputs.push(valuesOf(words, places.counts[at]!, kinds[at]!, abilities));
  }
  return {
    outputs,
    sample: async (count) => {
      await device.queue.onSubmittedWorkDone();
      const began = performance.now();
      run(timed, count);
      await device.queue.onSubmittedWorkDone();
      return performance.now() - began;
    },
    dispose: () => {
      for (const buffer of bound) buffer.destroy();
    },
  };
};

/** Buffers of a piece begin where it does, unless the shader is told where. */
const placesOf = (
  { words, offsets, bindings }: DeviceKernel,
  sizes: SizeValues,
): {
  readonly counts: readonly number[];
  readonly starts: readonly number[];
  readonly endOf: (buffers: readonly number[]) => number;
} => {
  const counts = words(sizes);
  const starts = counts.map(() => 0);
  for (const binding of bindings) {
    if (binding.kind !== "piece") continue;
    const isShifted = (at: number): boolean => offsets.includes(at);
    const fixed = binding.buffers.filter((at) => !isShifted(at));
    let end = Math.max(0, ...fixed.map((at) => counts[at]!));
    for (const at of binding.buffers.filter(isShifted)) {
      starts[at] = end;
      end += counts[at]!;
    }
  }
  return {
    counts,
    starts,
    endOf: (buffers) => Math.max(...buffers.map((at) => starts[at]! + counts[at]!)),
  };
};

const bufferOf = (
  device: GPUDevice,
  kind: number,
  words: number,
  fill: (words: Int32Array) => void = () => {},
): GPUBuffer => {
  const buffer = device.createBuffer({
    // A uniform is read in fours.
    size: 16 * Math.max(1, Math.ceil(words / 4)),
    usage: kind | usage.copySource,
    mappedAtCreation: true,
  });
  fill(new Int32Array(buffer.getMappedRange()));
  buffer.unmap();
  return buffer;
};

const readWords = async (
  device: GPUDevice,
  buffer: GPUBuffer,
  start: number,
  count: number,
): Promise<Int32Array> => {
  if (count === 0) return new Int32Array(0);
  const staging = device.createBuffer({
    size: 4 * count,
    usage: usage.mapRead | usage.copyTarget,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 4 * start, staging, 0, 4 * count);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(mapRead);
  const words = new Int32Array(staging.getMappedRange()).slice();
  staging.destroy();
  return words;
};

const valuesOf = (
  words: Int32Array,
  count: number,
  kind: WordKind,
  { halves }: Abilities,
): Float32Array | Int32Array => {
  if (kind === "whole") return words;
  return kind === "half" && halves ? floatsOf(words, count) : new Float32Array(words.buffer);
};
