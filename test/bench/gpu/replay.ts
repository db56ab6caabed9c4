// Records what a call has a device do: what is written, dispatched and read. Runs can then be repeated from what lies on the
// device, without uploads before them and reading after them.

import { usage } from "../../../runtime/webgpu/flags.ts";
import { mapRead } from "../../../runtime/webgpu/flags.ts";

type Range = { readonly buffer: GPUBuffer; readonly offset: number; readonly bytes: number };

type Dispatch = {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly run: (pass: GPUComputePassEncoder) => void;
  readonly isIndirect: boolean;
};

export type Recording = {
  readonly dispatches: readonly Dispatch[];
  readonly writes: readonly { readonly to: Range; readonly data: Uint8Array<ArrayBuffer> }[];
  readonly reads: readonly Range[];
};

export type Recorder = {
  readonly record: (body: () => Promise<unknown>) => Promise<Recording>;
  readonly wait: () => Promise<void>;
};

/** Of a device that nothing was encoded on yet. */
export const recorderOf = (device: GPUDevice): Recorder => {
  let taken: { dispatches: Dispatch[]; writes: Recording["writes"][number][]; reads: Range[] };
  let isOn = false;

  const watch = (pass: GPUComputePassEncoder): void => {
    let pipeline: GPUComputePipeline | null = null;
    let group: GPUBindGroup | null = null;
    const setPipeline = pass.setPipeline.bind(pass);
    pass.setPipeline = (next) => setPipeline((pipeline = next));
    const setBindGroup = pass.setBindGroup.bind(pass);
    pass.setBindGroup = (index: number, next: GPUBindGroup | null, ...offsets: unknown[]) => {
      if (index !== 0 || next === null || offsets.length > 0)
        throw new Error("recordings know one group, without dynamic offsets");
      setBindGroup(index, (group = next));
    };
    const add = (isIndirect: boolean, run: Dispatch["run"]): void => {
      taken.dispatches.push({ pipeline: pipeline!, group: group!, isIndirect, run });
    };
    const dispatch = pass.dispatchWorkgroups.bind(pass);
    pass.dispatchWorkgroups = (x, y = 1, z = 1) => {
      dispatch(x, y, z);
      add(false, (other) => other.dispatchWorkgroups(x, y, z));
    };
    const indirectly = pass.dispatchWorkgroupsIndirect.bind(pass);
    pass.dispatchWorkgroupsIndirect = (buffer, offset) => {
      indirectly(buffer, offset);
      add(true, (other) => other.dispatchWorkgroupsIndirect(buffer, offset));
    };
  };

  const { queue } = device;
  const encoderOf = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = encoderOf(descriptor);
    if (!isOn) return encoder;
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (of) => {
      const pass = begin(of);
      watch(pass);
      return pass;
    };
    const copy = encoder.copyBufferToBuffer.bind(encoder) as (...args: unknown[]) => void;
    encoder.copyBufferToBuffer = (...args: unknown[]) => {
      copy(...args);
      const [buffer, offset, , , bytes] = args as [GPUBuffer, number, GPUBuffer, number, number];
      taken.reads.push({ buffer, offset, bytes });
    };
    return encoder;
  };
  const write = queue.writeBuffer.bind(queue) as (...args: unknown[]) => void;
  queue.writeBuffer = (...args: unknown[]) => {
    write(...args);
    if (!isOn) return;
    const [buffer, offset, values, start, count] = args as [
      GPUBuffer,
      number,
      Int32Array | Uint32Array,
      number?,
      number?,
    ];
    const part = values.slice(start, count === undefined ? undefined : (start ?? 0) + count);
    const data = new Uint8Array(part.buffer as ArrayBuffer);
    taken.writes.push({ to: { buffer, offset, bytes: data.length }, data });
  };

  return {
    record: async (body) => {
      taken = { dispatches: [], writes: [], reads: [] };
      isOn = true;
      await body().finally(() => (isOn = false));
      return taken;
    },
    wait: async () => {
      await queue.onSubmittedWorkDone();
    },
  };
};

export type Replay = { readonly run: () => void; readonly dispose: () => void };

/** `restores`: what was written is copied there again first, from elsewhere on the device. */
export const replayOf = (
  device: GPUDevice,
  { writes }: Recording,
  dispatches: readonly Dispatch[],
  restores: boolean,
): Replay => {
  const kept = (restores ? writes : []).map(({ to, data }) => {
    const size = data.length;
    const from = device.createBuffer({ size, usage: usage.copySource | usage.copyTarget });
    device.queue.writeBuffer(from, 0, data);
    return { to, from };
  });
  return {
    run: () => {
      const encoder = device.createCommandEncoder();
      for (const { to, from } of kept)
        encoder.copyBufferToBuffer(from, 0, to.buffer, to.offset, to.bytes);
      const pass = encoder.beginComputePass();
      for (const { pipeline, group, run } of dispatches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        run(pass);
      }
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
    dispose: () => {
      for (const { from } of kept) from.destroy();
    },
  };
};

/** What lies there after all that was submitted. */
export const readRanges = async (
  device: GPUDevice,
  ranges: readonly Range[],
): Promise<readonly Float32Array[]> => {
  const lists: Float32Array[] = [];
  for (const { buffer, offset, bytes } of ranges) {
    const staging = device.createBuffer({ size: bytes, usage: usage.mapRead | usage.copyTarget });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(mapRead);
    lists.push(new Float32Array(staging.getMappedRange().slice(0)));
    staging.destroy();
  }
  return lists;
};
