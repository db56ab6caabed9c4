// The heap in the memory of a device: a buffer for what is stored and one for each slab of an arena; copies to and from them.
import type { Heap, Layout } from "../abi.ts";
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
  /** The same, for whoever asks later; all that was kept until then is read at once. */
  readonly keep: (words: readonly Words[], layout: Layout) => () => Promise<Int32Array>;
  readonly dispose: () => void;
};

/** What waits on the device to be read: `used` words so far. */
type Kept = {
  readonly staging: GPUBuffer;
  used: number;
  arrived: Promise<Int32Array> | null;
};

/** Scalars of a hundred steps or so. */
const wordsKept = 1024;

/** `parts`: the words at which the buffers begin that stored tensors lie in. */
export const createMemory = (
  device: GPUDevice,
  storedWords: number,
  parts: readonly number[] = [0],
): DeviceMemory => {
  const stored = parts.map((start, part) =>
    bufferOf(device, (parts[part + 1] ?? storedWords) - start),
  );
  const arena: GPUBuffer[] = [];
  let kept: Kept | null = null;

  const reserve = ({ slabs = [], end }: Layout): boolean => {
    let replaced = false;
    slabs.forEach((start, slab) => {
      const words = (slabs[slab + 1] ?? end) - start;
      const before = arena[slab];
      if (before !== undefined && before.size >= 4 * words) return;
      replaced ||= before !== undefined;
      before?.destroy();
      arena[slab] = bufferOf(device, words);
    });
    return replaced;
  };

  const locate = (word: number, { slabs = [] }: Layout): Part => {
    const slab = slabs.findLastIndex((start) => start <= word);
    if (slab >= 0) return { buffer: arena[slab]!, start: word - slabs[slab]! };
    const part = parts.findLastIndex((start) => start <= word);
    return { buffer: stored[part]!, start: word - parts[part]! };
  };

  /** Only stored tensors together may lie in more than one buffer. */
  const cut = ({ start, count }: Words, layout: Layout): readonly Words[] => {
    if ((layout.slabs?.[0] ?? Infinity) <= start) return [{ start, count }];
    const ends = [...parts.slice(1), Infinity];
    return parts
      .map((from, part) => ({
        from: Math.max(start, from),
        end: Math.min(start + count, ends[part]!),
      }))
      .filter(({ from, end }) => from < end)
      .map(({ from, end }) => ({ start: from, count: end - from }));
  };

  const copy = (ranges: readonly Words[], layout: Layout, to: GPUBuffer, at: number): void => {
    const encoder = device.createCommandEncoder();
    let end = at;
    for (const { start, count } of ranges.flatMap((words) => cut(words, layout))) {
      if (count === 0) continue;
      const from = locate(start, layout);
      encoder.copyBufferToBuffer(from.buffer, 4 * from.start, to, 4 * end, 4 * count);
      end += count;
    }
    device.queue.submit([encoder.finish()]);
  };

  return {
    reserve,
    locate,
    send: ({ i32 }, words, layout) => {
      if (words.count === 0) return;
      for (const { start, count } of cut(words, layout)) {
        const at = locate(start, layout);
        device.queue.writeBuffer(at.buffer, 4 * at.start, i32, start, count);
      }
    },
    fetch: async (ranges, layout) => {
      const count = countOf(ranges);
      if (count === 0) return new Int32Array(0);
      const staging = stagingOf(device, count);
      copy(ranges, layout, staging, 0);
      return readAndDestroy(staging);
    },
    keep: (ranges, layout) => {
      const count = countOf(ranges);
      if (kept === null || kept.used + count > wordsKept)
        kept = { staging: stagingOf(device, Math.max(count, wordsKept)), used: 0, arrived: null };
      const own = kept;
      const start = own.used;
      copy(ranges, layout, own.staging, start);
      own.used += count;
      return async () => {
        if (kept === own) kept = null;
        own.arrived ??= readAndDestroy(own.staging);
        return (await own.arrived).slice(start, start + count);
      };
    },
    dispose: () => {
      for (const buffer of [...stored, ...arena]) buffer.destroy();
    },
  };
};

const countOf = (ranges: readonly Words[]): number =>
  ranges.reduce((sum, { count }) => sum + count, 0);

const stagingOf = (device: GPUDevice, words: number): GPUBuffer =>
  device.createBuffer({ size: 4 * words, usage: usage.mapRead | usage.copyTarget });

const readAndDestroy = async (staging: GPUBuffer): Promise<Int32Array> => {
  await staging.mapAsync(mapRead);
  const words = new Int32Array(staging.getMappedRange()).slice();
  staging.unmap();
  staging.destroy();
  return words;
};

/** All that is bound lies in it, and is a multiple of 16 bytes. */
const bufferOf = (device: GPUDevice, words: number): GPUBuffer => {
  const size = 16 * Math.max(1, Math.ceil(words / 4));
  const { storage, copySource, copyTarget } = usage;
  return device.createBuffer({ size, usage: storage | copySource | copyTarget });
};
