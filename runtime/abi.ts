// The contract between emitted modules and the runtime: plain data and plain functions.
//
// A module owns one heap of 4-byte words. Its first `storedWords` words hold what it stores (params, buffers,
// optimizer state) at fixed offsets; the rest is the arena of the entry being run, laid out when sizes are bound.
// f32, i32 and bool (0 or 1) all take one word.

import type { OpenHost } from "./host.ts";

/** What code was emitted for. */
export type Backend = "typescript" | "wasm" | "webgpu";

export type DType = "f32" | "i32" | "bool";

/** Both views cover the same memory. */
export type Heap = { readonly f32: Float32Array; readonly i32: Int32Array };

/** How a stored tensor starts, drawn on the host in doubles and rounded once. */
export type Init =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly lo: number; readonly hi: number }
  | { readonly kind: "normal"; readonly mean: number; readonly std: number }
  /** Normal, redrawn until within `cut` standard deviations of the mean. */
  | {
      readonly kind: "truncated";
      readonly mean: number;
      readonly std: number;
      readonly cut: number;
    }
  | { readonly kind: "bernoulli"; readonly p: number }
  /** Whole numbers in lo..hi-1. */
  | { readonly kind: "integers"; readonly lo: number; readonly hi: number }
  /** All but the last axis flattened; QR of a normal draw, with a positive diagonal of R. */
  | { readonly kind: "orthogonal"; readonly gain: number };

/** A tensor the module owns; `offset` in words from the start of the heap. */
export type StoredSpec = {
  readonly path: string;
  readonly storage: "param" | "buffer" | "state" | "average";
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly init: Init;
  /** Name of its random stream (semantics: FNV-1a-64 of it, under the seed). */
  readonly stream: string;
};

/** A size along an axis: a number, the name of a symbolic size, or an expression over them. */
export type SizeSpec = number | string;

/** Values of the symbolic sizes, in the order of `EntryProgram.sizes`. */
export type SizeValues = readonly number[];

/** An array from the caller, copied to offset `offsets[slot]`. */
export type DataSlot = {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly SizeSpec[];
  /** Number of elements at these sizes. */
  readonly count: (sizes: SizeValues) => number;
  readonly slot: number;
  /** When set, every element must lie in 0..below-1 or be `except`; checked before anything runs. */
  readonly below: number | null;
  readonly except?: number;
  /** `file.dlm:line:col` of its declaration, for errors. */
  readonly at: string;
};

/** A number computed on the host in doubles before each run. `step` counts updates from 1. */
export type ScalarSlot = {
  readonly slot: number;
  readonly dtype: DType;
  readonly value: (step: number, sizes: SizeValues) => number;
};

/** Three words: key0 and key1 of the stream under the seed, and the execution counter. */
export type DrawSlot = { readonly slot: number; readonly stream: string };

export type OutputSlot = {
  readonly kind: "result" | "loss" | "penalty" | "metric" | "accumulator";
  /** Result or metric name; "" for a single unnamed result. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly SizeSpec[];
  readonly count: (sizes: SizeValues) => number;
  readonly slot: number;
  /** How an accumulator is folded over batches. */
  readonly fold?: "sum" | "max" | "min";
};

/** A predicate on sizes, tested once when they are bound; `message` carries the code and the `.dlm` place. */
export type SizeCheckSpec = {
  readonly message: string;
  readonly holds: (sizes: SizeValues) => boolean;
};

/** Where every slot lies, in words from the start of the heap, and the first word past the arena. */
export type Layout = {
  readonly offsets: readonly number[];
  readonly end: number;
  /** Where the parts of the arena begin that a device has buffers of their own for; one if there are none. */
  readonly slabs?: readonly number[];
};

/** A place in a `.dlm` file where an index may leave its axis, or a whole number be divided by 0. */
export type Site = { readonly what: "index" | "divisor"; readonly at: string };

/** Takes the launches of an entry one after the other, for a device to run them. */
export type LaunchList = {
  /** Kernel `kernel` of the program, on buffers that begin at these offsets. */
  launch(kernel: number, offsets: readonly number[], sizes: SizeValues): void;
  /** What follows runs only if the f32 at all of these offsets are finite, and the status of the entry is 0. */
  commit(offsets: readonly number[]): void;
  /** All of an entry at once, where that is one function. */
  enter(entry: number, offsets: readonly number[], sizes: SizeValues): void;
};

/** What a module emitted for WebAssembly holds. */
export type WasmProgram = {
  /** The binary, in base 64. */
  readonly bytes: string;
  /** Where a product and a sum may be one instruction: a byte for each step to the next of both, in base64. */
  readonly fused: string;
  /** Where the places of an entry and its sizes are written, in bytes. */
  readonly table: number;
  /** Bytes in front of the heap. */
  readonly start: number;
  /** Absent where nothing is split among threads. */
  readonly threads?: WasmThreads;
};

/** What several threads need to know of a program. */
export type WasmThreads = {
  /** Where in the binary it says that the memory is of one thread. */
  readonly flagsAt: number;
  /** Where the words lie through which threads meet. */
  readonly control: number;
  /** Bytes of copies for each thread. */
  readonly panelBytes: number;
  /** Of each entry, whether what is split takes long enough to wake threads for it. */
  readonly isWorth: readonly ((sizes: SizeValues) => boolean)[];
};

/** One entry point: `forward` of a model, a step of a recipe, its evaluation. */
export type EntryProgram = {
  readonly name: string;
  /** Names of the symbolic sizes, and the bound of each (null: none). */
  readonly sizes: readonly string[];
  readonly limits: readonly (number | null)[];
  readonly checks: readonly SizeCheckSpec[];
  readonly data: readonly DataSlot[];
  readonly scalars: readonly ScalarSlot[];
  readonly draws: readonly DrawSlot[];
  readonly outputs: readonly OutputSlot[];
  /** Slot of the status word (0 = fine, k = site k - 1 met what must not be), null when no site needs it. */
  readonly status: { readonly slot: number; readonly sites: readonly Site[] } | null;
  readonly layout: (sizes: SizeValues) => Layout;
  /**
   * Runs every kernel in order on the heap, or names all their launches. Stored tensors are updated in place.
   */
  readonly run: (
    heap: Heap,
    offsets: readonly number[],
    sizes: SizeValues,
    launches: LaunchList,
  ) => void;
  /** Reads what the `prepare` of its program computes. Every other entry may write over that, or outdate it. */
  readonly prepared?: true;
  /**
   * Values whose first NaN or infinity names the op that made it. When the loss (or penalty) is not finite it ends
   * before it writes a stored tensor; a second run, with memory of their own for these slots, leaves them to be read.
   */
  readonly probes?: readonly ProbeSlot[];
};

/** A value kept long enough to be looked at when a loss is not finite, in the order of computation. */
export type ProbeSlot = {
  readonly slot: number;
  readonly count: (sizes: SizeValues) => number;
  /** What computes it: `log(p)` in net.Head_0 (mnist.dlm:4:25). */
  readonly what: string;
  /** Infinities are part of its meaning, or may come from those of others: as a mask. */
  readonly masked?: true;
  /** Kept as halves by a device that has them. */
  readonly half?: true;
};

/**
 * How a model that is causal in a size runs one position at a time. `step` takes the inputs without that size, the
 * position (an i32 called `step:position`) and the state; its results are those at the position and the next state.
 */
export type SteppingProgram = {
  /** The size that is walked along, and its bound (null: none). */
  readonly size: string;
  readonly limit: number | null;
  /** State from the inputs without the size, and from weights; null when every state starts as a number. */
  readonly start: EntryProgram | null;
  readonly step: EntryProgram;
  /**
   * An input of `step` each; the next value is the result of the same name, or the same value where there is none. It
   * starts filled with a number, or (null) as the result of `start` of that name.
   */
  readonly states: readonly { readonly name: string; readonly fill: number | null }[];
};

/**
 * Stored tensors and, behind them, what is computed from them once for all later calls: neither saved nor seen by
 * callers. `prepare` has no data and no sizes.
 */
export type StoredProgram = {
  readonly storedWords: number;
  readonly stored: readonly StoredSpec[];
  readonly prepare?: EntryProgram;
  /** Opens what it runs on, where that is not the heap of this thread. */
  readonly open?: OpenHost;
};

/** Everything one model emits. */
export type ModelProgram = StoredProgram & {
  readonly format: 1;
  readonly name: string;
  readonly target: Backend;
  readonly forward: EntryProgram;
  /** Of a model that can be stepped. */
  readonly stepping?: SteppingProgram;
};

/** `mixed`: storage and products in f16 where a target has it, sums and weights in f32. */
export type Precision = "f32" | "mixed";

/** Settings of a recipe after defaults. */
export type Settings = {
  readonly batch: number | null;
  readonly epochs: number;
  readonly steps: number | null;
  readonly seed: number;
  readonly shuffle: boolean | number;
  readonly dropLast: boolean;
  readonly validation: number;
  readonly earlyStop: number;
  readonly precision: Precision;
  readonly memory: string | null;
  readonly deterministic: boolean | "portable";
  readonly accumulate: number;
  readonly ema: number;
  readonly logEvery: number;
  readonly checkpointEvery: number;
};

/** A field of the data; `shape` includes the batch axis. */
export type FieldSpec = {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly SizeSpec[];
};

export type StepProgram = {
  /** "" when the recipe has one `minimize`. */
  readonly name: string;
  readonly repeat: number;
  readonly entry: EntryProgram;
  /**
   * With `accumulate: k`, run for the first k - 1 batches of an update: adds 1/k of the gradients to stored sums.
   * `entry` then adds its own share, updates, and clears the sums.
   */
  readonly partial?: EntryProgram;
};

/** A model inside a recipe: its forward entry works on the recipe's heap; its paths start with `prefix` and a dot. */
export type NetProgram = {
  /** The name of the `let`; the trainer's property. */
  readonly name: string;
  readonly prefix: string;
  readonly forward: EntryProgram;
  readonly stepping?: SteppingProgram;
};

/** Everything one recipe emits. */
export type TrainProgram = StoredProgram & {
  readonly format: 1;
  readonly name: string;
  readonly target: Backend;
  readonly fields: readonly FieldSpec[];
  readonly steps: readonly StepProgram[];
  readonly evaluate: EntryProgram;
  /** Metrics of `evaluate` (the first is `loss`) from its folded accumulators, in the order of its outputs. */
  readonly metrics: readonly {
    readonly name: string;
    readonly value: (accumulators: readonly number[]) => number;
  }[];
  readonly nets: readonly NetProgram[];
  readonly settings: Settings;
};
