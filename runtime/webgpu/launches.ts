// The launches of one entry at one set of sizes, with everything they bind: made once, run often.
import type { EntryProgram, LaunchList, Layout, SizeValues } from "../abi.ts";
import { DlmError } from "../errors.ts";
import type { Abilities } from "./abilities.ts";
import type { Commit } from "./commit.ts";
import { usage } from "./flags.ts";
import type { DeviceMemory, Part } from "./memory.ts";
import type { KernelPipelines } from "./pipelines.ts";
import { bindingLimit } from "./limits.ts";
import type { DeviceBinding, DeviceKernel, DeviceLimit, DeviceProgram } from "./program.ts";

export type Launch = {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: readonly [x: number, y: number, z: number];
  /** Its place in the table of what runs only after a commit. */
  readonly waits: number | null;
};

export type Launches = {
  readonly list: readonly Launch[];
  /** Of workgroups that the commit lets run. */
  readonly table: GPUBuffer | null;
  readonly dispose: () => void;
};

export type Machine = {
  readonly device: GPUDevice;
  readonly program: DeviceProgram;
  readonly abilities: Abilities;
  readonly pipelines: readonly KernelPipelines[];
  readonly commit: Commit;
  readonly memory: DeviceMemory;
  /** At least so many words that kernels may spoil. */
  readonly scratchOf: (words: number) => GPUBuffer;
};

/** Where a uniform may begin on every device, in words. */
const uniformAlignment = 64;
/** And a storage buffer. */
const storageAlignment = 64;
/** Of the vectors that an array may be of. */
const vectorWords = 4;

type Planned = {
  readonly kernel: number;
  readonly offsets: readonly number[];
  readonly sizes: SizeValues;
  readonly waits: boolean;
};

/** The launches of an entry, with nothing made for them yet. */
export type PlannedRun = {
  readonly planned: readonly Planned[];
  /** Where losses lie that are tested; null where nothing waits for them. */
  readonly tested: readonly number[] | null;
};

const refuse = (): never => {
  throw new DlmError("bad-option", "this was compiled for another target");
};

export const planRun = (entry: EntryProgram, layout: Layout, sizes: SizeValues): PlannedRun => {
  const planned: Planned[] = [];
  let tested: readonly number[] | null = null;
  const collect: LaunchList = {
    launch(kernel, at, values) {
      planned.push({ kernel, offsets: at, sizes: values, waits: tested !== null });
    },
    commit(at) {
      tested = at;
    },
    enter: refuse,
  };
  entry.run(noHeap, layout.offsets, sizes, collect);
  return { planned, tested };
};

/** Bytes that a device has to let each launch have. */
export const limitsOf = (
  { kernels }: DeviceProgram,
  { planned }: PlannedRun,
): readonly DeviceLimit[] =>
  planned.flatMap(({ kernel: k, offsets, sizes }) => {
    const kernel = kernels[k]!;
    const words = kernel.bindings.map((binding) =>
      binding.kind === "piece"
        ? pieceOf(kernel, binding.buffers, offsets, sizes).count
        : binding.kind === "scratch"
          ? kernel.scratch(sizes)
          : 0,
    );
    return words.map((count) => bindingLimit(kernel, count));
  });

/** Programs for a device leave the heap alone. */
const noHeap = { f32: new Float32Array(0), i32: new Int32Array(0) };

export const bindLaunches = (
  machine: Machine,
  { status }: EntryProgram,
  { planned, tested }: PlannedRun,
  layout: Layout,
): Launches => {
  const { device, program, pipelines } = machine;
  const scratchWords = planned.map(({ kernel, sizes }) => program.kernels[kernel]!.scratch(sizes));
  const most = Math.max(0, ...scratchWords);
  const scratch = most === 0 ? null : machine.scratchOf(most);
  const numbers = planned.map(numbersOf(program));
  const starts: number[] = [];
  const words = numbers.reduce((end, { length }) => {
    starts.push(end);
    return end + Math.ceil(length / uniformAlignment) * uniformAlignment;
  }, 0);
  const uniform = words === 0 ? null : uniformOf(device, numbers, starts, words);
  const workgroups: (readonly [number, number, number])[] = [];
  const made = planned.flatMap(({ kernel: k, offsets, sizes, waits }, n): Launch[] => {
    const kernel = program.kernels[k]!;
    const { layout: groupLayout, launches } = pipelines[k]!;
    const resourceOf = (binding: DeviceBinding): GPUBufferBinding => {
      switch (binding.kind) {
        case "piece": {
          const { start, count } = pieceOf(kernel, binding.buffers, offsets, sizes);
          const part = machine.memory.locate(start, layout);
          return { buffer: part.buffer, offset: 4 * part.start, size: 4 * count };
        }
        case "scratch":
          return { buffer: scratch! };
        case "numbers":
          return {
            buffer: uniform!,
            offset: 4 * starts[n]!,
            size: 16 * Math.ceil(numbers[n]!.length / 4),
          };
      }
    };
    const active = kernel.launches.flatMap((launch, step) => {
      const { workgroups: inTiles, matrices = inTiles } = launch;
      const counts = (machine.abilities.matrices ? matrices : inTiles)(sizes);
      return counts.includes(0) ? [] : [{ counts, pipeline: launches[step]! }];
    });
    if (active.length === 0) return [];
    const group = device.createBindGroup({
      layout: groupLayout,
      entries: kernel.bindings.map((binding, at) => ({
        binding: at,
        resource: resourceOf(binding),
      })),
    });
    return active.map(({ counts, pipeline }): Launch => {
      const place = waits ? workgroups.push(counts) - 1 : null;
      return { pipeline, group, workgroups: counts, waits: place };
    });
  });
  const partOf = (word: number): Part => machine.memory.locate(word, layout);
  const commit =
    tested === null
      ? null
      : machine.commit.after(
          tested.map(partOf),
          status === null ? null : partOf(layout.offsets[status.slot]!),
          workgroups,
        );
  const list =
    commit === null
      ? made
      : [
          ...made.filter(({ waits }) => waits === null),
          ...commit.launches,
          ...made.filter(({ waits }) => waits !== null),
        ];
  return {
    list,
    table: commit?.table ?? null,
    dispose: () => {
      uniform?.destroy();
      commit?.dispose();
    },
  };
};

/**
 * The words that a binding spans, halves those of their place. What begins at multiples of 256 bytes ends at one of 16 at the
 * latest before the next begins, so the last of an array of vectors is whole.
 */
const pieceOf = (
  { name, words }: DeviceKernel,
  buffers: readonly number[],
  offsets: readonly number[],
  sizes: SizeValues,
): { readonly start: number; readonly count: number } => {
  const counts = words(sizes);
  const first = Math.min(...buffers.map((b) => offsets[b]!));
  const start = Math.floor(first / storageAlignment) * storageAlignment;
  const end = Math.max(...buffers.map((b) => offsets[b]! + counts[b]!));
  if (!Number.isFinite(start)) throw new DlmError("bad-shader", `\`${name}\` binds nothing`);
  return { start, count: vectorWords * Math.max(1, Math.ceil((end - start) / vectorWords)) };
};

/** The values of the uniform of a launch. */
const numbersOf =
  ({ kernels }: DeviceProgram) =>
  ({ kernel: k, offsets, sizes }: Planned): readonly number[] => {
    const kernel = kernels[k]!;
    const pieces = kernel.bindings.flatMap((b) => (b.kind === "piece" ? [b.buffers] : []));
    const begins = (buffer: number): number => {
      const piece = pieces.find((buffers) => buffers.includes(buffer));
      const start = piece === undefined ? 0 : pieceOf(kernel, piece, offsets, sizes).start;
      return offsets[buffer]! - start;
    };
    return [...sizes, ...kernel.offsets.map(begins)];
  };

const uniformOf = (
  device: GPUDevice,
  numbers: readonly (readonly number[])[],
  starts: readonly number[],
  words: number,
): GPUBuffer => {
  const values = new Int32Array(words);
  numbers.forEach((list, k) => values.set(list, starts[k]));
  const buffer = device.createBuffer({
    size: values.byteLength,
    usage: usage.uniform | usage.copyTarget,
  });
  device.queue.writeBuffer(buffer, 0, values);
  return buffer;
};
