// The runtime's side of a target: it owns the memory and runs programs on it.
import type { EntryProgram, Heap, Layout, SizeValues } from "./abi.ts";

/** Words of the heap, from `start` on. */
export type Words = { readonly start: number; readonly count: number };

/** What a device does beyond running: its memory is elsewhere, the heap is where callers read and write. */
export type Remote = {
  /** What the device says it is, once it is ready. */
  readonly name: string;
  /** Reads `count` halves, two to a word; null where the device has none. */
  readonly halves: ((words: Int32Array, count: number) => Float32Array) | null;
  /** Gets the device ready; nothing runs before. */
  ready(options: DeviceOptions): Promise<void>;
  /** Waits for what others do, whose results share memory. */
  exclusive<T>(body: () => Promise<T>): Promise<T>;
  /** Refuses what cannot wait for a device. */
  refuse(method: string): never;
  /** The next run has to see what the heap holds of what is stored. */
  send(words: Words): void;
  /** Brings what the device holds there to the heap, after all that was run; without a layout of what is stored. */
  fetch(words: readonly Words[], layout?: Layout): Promise<void>;
  /**
   * Keeps what lies there now, whatever runs later, until somebody asks for it: the words one after the other. What was
   * kept until then comes with it.
   */
  keep(words: readonly Words[], layout: Layout): () => Promise<Int32Array>;
  /** Lets runs store again: after a loss that is not finite they store nothing. */
  goOn(): void;
};

/** What to run on. */
export type DeviceOptions = {
  /**
   * How many threads share the work of a program compiled to WebAssembly: 1 by default, `"auto"` as many as there are
   * cores, up to 4, or one for as long as that is faster. The results are the same bits.
   */
  readonly threads?: number | "auto";
  /** `navigator.gpu` by default; in Node `create([])` of the package `webgpu`. */
  readonly gpu?: GPU;
  /** Whether shaders may use subgroups where the device has them: true by default, sums are the same bits without. */
  readonly subgroups?: boolean;
};

/** A target is one file that makes one of these. */
export type Host = {
  /** What it runs on, of those that are no device and no plain code. */
  readonly name?: string;
  /** Replaced when it grows. */
  readonly heap: Heap;
  /** Null where programs run on the heap itself. */
  readonly remote: Remote | null;
  /** Makes room for `words`; the first `storedWords` keep their values, the arena need not. */
  reserve(words: number): void;
  /** Gets threads ready, where programs can have any. */
  ready?(options: DeviceOptions): Promise<void>;
  /** Runs every kernel of the entry; a device may still be at it when this returns. */
  run(entry: EntryProgram, layout: Layout, sizes: SizeValues): void;
  /** Releases the memory. */
  dispose(): void;
};

/** Opens a host whose heap holds `storedWords` words. */
export type OpenHost = (storedWords: number) => Host;
