// The heap in the memory of a device: a buffer for what is stored and one for each slab of an arena; copies to and from them.
import type { Heap, Layout } from "../abi.ts";
import { DlmError } from "../errors.ts";
import type { Words } from "../host.ts";
import { mapRead, usage } from "./flags.ts";

/** Words of one buffer. */
export type Part = { readonly buffer: GPUBuffer; readonly start: number };

export type DeviceMemory = {
  /** Makes room; true if buffers were replaced, which those that are bound do not know. */
  readonly reserve: (layout: Layout) => boolean;
  /** Where a word of the heap lies. */
  readonly locate: (word: number, layout: Layout) => Part;
  readonly send: (heap: Heap, words: Words, layout: Layout) => void;
  /** Of everything submitted so far; the words lie one after the other. */
  readonly fetch: (words: readonly Words[], layout: Layout) => Promise<Int32Array>;
  readonly dispose: () => void;
};

export const createMemory = (device: GPUDevice, storedWords: number): DeviceMemory => {
  // What is stored comes first, then the slabs.
  const buffers = [bufferOf(device, storedWords)];

  const reserve = ({ slabs = [], end }: Layout): boolean => {
    let replaced = false;
    slabs.forEach((start, slab) => {
      const words = (slabs[slab + 1] ?? end) - start;
      const before = buffers[slab + 1];
      if (before !== undefined && before.size >= 4 * words) return;
      replaced ||= before !== undefined;
      before?.destroy();
      buffers[slab + 1] = bufferOf(device, words);
    });
    return replaced;
  };

  const locate = (word: number, { slabs = [] }: Layout): Part => {
    const slab = slabs.findLastIndex((start) => start <= word);
    return { buffer: buffers[slab + 1]!, start: word - (slabs[slab] ?? 0) };
  };

  return {
    reserve,
    locate,
    send: ({ i32 }, { start, count }, layout) => {
      const at = locate(start, layout);
      if (count > 0) device.queue.writeBuffer(at.buffer, 4 * at.start, i32, start, count);
    },
    fetch: async (ranges, layout) => {
      const count = ranges.reduce((sum, range) => sum + range.count, 0);
      if (count === 0) return new Int32Array(0);
      const staging = device.createBuffer({
        size: 4 * count,
        usage: usage.mapRead | usage.copyTarget,
      });
      const encoder = device.createCommandEncoder();
      let end = 0;
      for (const range of ranges) {
        if (range.count === 0) continue;
        const { buffer, start } = locate(range.start, layout);
        encoder.copyBufferToBuffer(buffer, 4 * start, staging, 4 * end, 4 * range.count);
        end += range.count;
      }
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(mapRead);
      const words = new Int32Array(staging.getMappedRange()).slice();
      staging.unmap();
      staging.destroy();
      return words;
    },
    dispose: () => {
      for (const buffer of buffers) buffer.destroy();
    },
  };
};

const bufferOf = (device: GPUDevice, words: number): GPUBuffer => {
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
  return device.createBuffer({ size, usage: storage | copySource | copyTarget });
};
