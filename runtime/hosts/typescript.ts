// The host of the TypeScript target: the heap is an ArrayBuffer, programs are plain functions.
import type { Heap, LaunchList } from "../abi.ts";
import { DlmError } from "../errors.ts";
import type { OpenHost } from "../host.ts";

/** Zeros. Throws `out-of-memory`. */
export const heapOf = (words: number): Heap => {
  try {
    const bytes = new ArrayBuffer(4 * words);
    return { f32: new Float32Array(bytes), i32: new Int32Array(bytes) };
  } catch (cause) {
    const megabytes = Math.ceil((4 * words) / 2 ** 20);
    throw new DlmError("out-of-memory", `cannot get ${megabytes} MB of memory`, { cause });
  }
};

const refuse = (): never => {
  throw new DlmError("bad-option", "this was compiled for another target");
};

/** The heap of this thread runs nothing that a device has to. */
export const noDevice: LaunchList = { launch: refuse, commit: refuse, enter: refuse };

export const typescriptHost: OpenHost = (storedWords) => {
  let heap = heapOf(storedWords);
  return {
    remote: null,
    get heap() {
      return heap;
    },
    reserve(words) {
      if (words <= heap.f32.length) return;
      const grown = heapOf(words);
      // Copied as integers: a float copy may change the bits of a NaN.
      grown.i32.set(heap.i32.subarray(0, storedWords));
      heap = grown;
    },
    run(entry, { offsets }, sizes) {
      entry.run(heap, offsets, sizes, noDevice);
    },
    dispose() {
      heap = heapOf(0);
    },
  };
};
