// The heap in the memory of a device, and copies between the two.
import type { Heap } from "../abi.ts";
import { DlmError } from "../errors.ts";
import type { Words } from "../host.ts";
import { mapRead, usage } from "./flags.ts";

export type DeviceMemory = {
  readonly buffer: GPUBuffer;
  readonly words: number;
  readonly send: (heap: Heap, words: Words) => void;
  /** Of everything submitted so far. */
  readonly fetch: (heap: Heap, words: readonly Words[]) => Promise<void>;
  readonly dispose: () => void;
};

/** Room for `words`, of which the first `kept` are those of `before`. */
export const createMemory = (
  device: GPUDevice,
  words: number,
  before: DeviceMemory | null,
  kept: number,
): DeviceMemory => {
  const size = Math.max(16, 4 * words);
  const { maxBufferSize } = device.limits;
  if (size > maxBufferSize) {
    const [wanted, most] = [size, maxBufferSize].map((bytes) => Math.ceil(bytes / 2 ** 20));
    throw new DlmError(
      "out-of-memory",
      `this needs ${wanted} MB of device memory in one buffer, and the device gives ${most} MB: use a smaller batch`,
    );
  }
  const { storage, copySource, copyTarget } = usage;
  const buffer = device.createBuffer({ size, usage: storage | copySource | copyTarget });
  if (before !== null && kept > 0) {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(before.buffer, 0, buffer, 0, 4 * kept);
    device.queue.submit([encoder.finish()]);
    before.dispose();
  }
  return {
    buffer,
    words,
    send: ({ i32 }, { start, count }) => {
      if (count > 0) device.queue.writeBuffer(buffer, 4 * start, i32, start, count);
    },
    fetch: async ({ i32 }, ranges) => {
      const count = ranges.reduce((sum, range) => sum + range.count, 0);
      if (count === 0) return;
      const staging = device.createBuffer({
        size: 4 * count,
        usage: usage.mapRead | usage.copyTarget,
      });
      const encoder = device.createCommandEncoder();
      let at = 0;
      for (const range of ranges) {
        if (range.count === 0) continue;
        encoder.copyBufferToBuffer(buffer, 4 * range.start, staging, 4 * at, 4 * range.count);
        at += range.count;
      }
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(mapRead);
      const arrived = new Int32Array(staging.getMappedRange());
      at = 0;
      for (const range of ranges) {
        i32.set(arrived.subarray(at, at + range.count), range.start);
        at += range.count;
      }
      staging.unmap();
      staging.destroy();
    },
    dispose: () => buffer.destroy(),
  };
};
