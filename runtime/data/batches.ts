// A source of examples → the batches of one epoch, in its order.
import type { ArrayBatch, Dataset, Source } from "./dataset.ts";
import { cannotSplit, filterRows, piecesOf } from "./filter.ts";
import { copyExample, emptyBatch, gather, tableOf } from "./dataset.ts";
import {
  bucketed,
  epochOrder,
  evenGroups,
  setAsideTest,
  splitRows,
  windowMixer,
  type Shuffle,
  type WindowMixer,
} from "./order.ts";
import { isSequences, sizesOf } from "./sequences.ts";
import { DlmError } from "../errors.ts";
import { countOf } from "../store.ts";

export type BatchOptions = {
  readonly batch: number;
  readonly shuffle: Shuffle;
  readonly dropLast: boolean;
  readonly seed: number;
  readonly epoch: number;
  /** Batches of this epoch that are already done. */
  readonly skip: number;
  /** Which part of the source: a share is set aside for validation. */
  readonly part: "train" | "validation" | "all";
  readonly share: number;
};

/** Every example once, in the order of its source. */
export const everyExample: Omit<BatchOptions, "batch"> = {
  shuffle: false,
  dropLast: false,
  seed: 0,
  epoch: 0,
  skip: 0,
  part: "all",
  share: 0,
};

/** Arrays are reused from batch to batch. */
export async function* batchesOf(
  source: Source,
  options: BatchOptions,
): AsyncGenerator<ArrayBatch, void, undefined> {
  if (source.kind === "table") return yield* tableBatches(source.data, options);
  const { part, share, seed } = options;
  if (source.kind === "epochs") {
    if (part !== "all") throw cannotSplit();
    return yield* tableBatches(source.at(options.epoch), options);
  }
  const isSetAside = setAsideTest(share, seed);
  const chosen =
    part === "all"
      ? source
      : filterRows(source, (row) => isSetAside(row) === (part === "validation"));
  yield* streamBatches(piecesOf(chosen), options);
}

function* tableBatches(data: Dataset, options: BatchOptions): Generator<ArrayBatch> {
  const { batch, shuffle, dropLast, seed, epoch, skip, part, share } = options;
  const rows = part === "all" ? null : splitRows(data.length, share, seed)[part];
  const order = epochOrder(rows?.length ?? data.length, shuffle, seed, epoch);
  const visited = rows === null ? order : order.map((at) => rows[at]!);
  const sizes = shuffle === false ? null : sizesOf(data.columns);
  const groups =
    sizes === null ? evenGroups(visited, batch) : bucketed(visited, sizes, batch, seed, epoch);
  const kept = dropLast ? groups.filter(({ length }) => length === batch) : groups;
  let reuse: ArrayBatch | undefined;
  for (const group of kept.slice(skip)) {
    reuse = gather(data, group, reuse);
    yield reuse;
  }
}

/** Skipped batches are read again: a stream cannot be entered in the middle. */
async function* streamBatches(
  pieces: AsyncIterable<Dataset> | Iterable<Dataset>,
  options: BatchOptions,
): AsyncGenerator<ArrayBatch, void, undefined> {
  const mixer = exampleMixer(options);
  const filler = batchFiller(options);
  for await (const piece of pieces) {
    if ([...piece.columns.values()].some(isSequences))
      throw new DlmError("bad-data", "sequences of different lengths must be a table in memory");
    for (let row = 0; row < piece.length; row++) {
      const example = mixer.push({ piece, row });
      const batch = example && filler.add(example);
      if (batch !== undefined) yield batch;
    }
  }
  for (const example of mixer.drain()) {
    const batch = filler.add(example);
    if (batch !== undefined) yield batch;
  }
  const last = options.dropLast ? undefined : filler.rest();
  if (last !== undefined) yield last;
}

/** A row of a table, good until the next example is asked for. */
type Example = { readonly piece: Dataset; readonly row: number };

type ExampleMixer = {
  readonly push: (example: Example) => Example | undefined;
  readonly drain: () => Iterable<Example>;
};

/** Passes examples through a window, where there is one: a table of copies, and no piece of the stream is kept. */
const exampleMixer = ({ shuffle, seed, epoch }: BatchOptions): ExampleMixer => {
  if (Number(shuffle) < 1 || shuffle === 1) return { push: (example) => example, drain: () => [] };
  let window: Window | null = null;
  return {
    push: ({ piece, row }) => {
      window ??= openWindow(piece, shuffle, seed, epoch);
      copyExample(piece, row, window.arrays, window.place);
      const out = window.mixer.push(window.place);
      window.place = out ?? window.place + 1;
      return out === undefined ? undefined : { piece: window.held, row: out };
    },
    drain: () => window?.mixer.drain().map((row) => ({ piece: window!.held, row })) ?? [],
  };
};

type Window = {
  readonly mixer: WindowMixer<number>;
  readonly arrays: ArrayBatch;
  readonly held: Dataset;
  /** Where the next example goes. There is one place more than the window, as none is free before one is drawn. */
  place: number;
};

/** A stream has no permutation: `true` takes a window of some thousand examples, fewer where they are large. */
const openWindow = (piece: Dataset, shuffle: Shuffle, seed: number, epoch: number): Window => {
  const values = [...piece.columns.values()].reduce((sum, { shape }) => sum + countOf(shape), 0);
  const size =
    shuffle === true ? Math.min(4096, Math.max(64, Math.floor(2 ** 25 / values))) : Number(shuffle);
  const arrays = emptyBatch(piece, size + 1);
  const held = tableOf(piece, arrays, size + 1);
  return { mixer: windowMixer(size, seed, epoch), arrays, held, place: 0 };
};

type BatchFiller = {
  /** A batch once it is full. */
  readonly add: (example: Example) => ArrayBatch | undefined;
  /** The last, smaller batch. */
  readonly rest: () => ArrayBatch | undefined;
};

const batchFiller = ({ batch: size, skip }: BatchOptions): BatchFiller => {
  let batch: ArrayBatch = {};
  let filled = 0;
  let done = 0;
  return {
    add: ({ piece, row }) => {
      if (done >= skip) {
        if (filled === 0) batch = emptyBatch(piece, size, batch);
        copyExample(piece, row, batch, filled);
      }
      if (++filled < size) return undefined;
      filled = 0;
      return done++ >= skip ? batch : undefined;
    },
    rest: () => {
      if (filled === 0 || done < skip) return undefined;
      const parts = Object.entries(batch).map(
        ([name, values]) => [name, values.slice(0, (values.length / size) * filled)] as const,
      );
      return Object.fromEntries(parts);
    },
  };
};
