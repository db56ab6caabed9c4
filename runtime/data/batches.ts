// A source of examples → the batches of one epoch, in its order.
import type { ArrayBatch, Dataset, Source } from "./dataset.ts";
import { copyExample, emptyBatch, gather } from "./dataset.ts";
import { epochOrder, setAsideTest, splitRows, windowMixer, type Shuffle } from "./order.ts";

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

/** Arrays are reused from batch to batch. */
export async function* batchesOf(
  source: Source,
  options: BatchOptions,
): AsyncGenerator<ArrayBatch, void, undefined> {
  if (source.kind === "stream") yield* streamBatches(source.open(), options);
  else yield* tableBatches(source.data, options);
}

function* tableBatches(data: Dataset, options: BatchOptions): Generator<ArrayBatch> {
  const { batch, shuffle, dropLast, seed, epoch, skip, part, share } = options;
  const rows = part === "all" ? null : splitRows(data.length, share, seed)[part];
  const order = epochOrder(rows?.length ?? data.length, shuffle, seed, epoch);
  const visited = rows === null ? order : order.map((at) => rows[at]!);
  let reuse: ArrayBatch | undefined;
  for (let start = skip * batch; start < visited.length; start += batch) {
    const end = Math.min(start + batch, visited.length);
    if (dropLast && end - start < batch) return;
    reuse = gather(data, visited.subarray(start, end), reuse);
    yield reuse;
  }
}

/** One example of a stream: a row of one of its pieces. */
type Example = { readonly piece: Dataset; readonly row: number };

/** Skipped batches are read again: a stream cannot be entered in the middle. */
async function* streamBatches(
  pieces: AsyncIterable<Dataset>,
  options: BatchOptions,
): AsyncGenerator<ArrayBatch, void, undefined> {
  const { batch, dropLast, skip } = options;
  let waiting: Example[] = [];
  let done = 0;
  for await (const example of orderedExamples(pieces, options)) {
    waiting.push(example);
    if (waiting.length < batch) continue;
    if (done++ >= skip) yield joinExamples(waiting);
    waiting = [];
  }
  if (waiting.length > 0 && !dropLast && done >= skip) yield joinExamples(waiting);
}

async function* orderedExamples(
  pieces: AsyncIterable<Dataset>,
  { shuffle, seed, epoch, part, share }: BatchOptions,
): AsyncGenerator<Example, void, undefined> {
  // A stream has no permutation; `true` takes a window of this many examples.
  const window = shuffle === true ? 4096 : Number(shuffle);
  const mixer = window > 1 ? windowMixer<Example>(window, seed, epoch) : null;
  const isSetAside = setAsideTest(share, seed);
  let index = 0;
  for await (const piece of pieces) {
    for (let row = 0; row < piece.length; row++) {
      const aside = isSetAside(index++);
      if (part !== "all" && aside !== (part === "validation")) continue;
      const example = { piece, row };
      const next = mixer === null ? example : mixer.push(example);
      if (next !== undefined) yield next;
    }
  }
  yield* mixer?.drain() ?? [];
}

const joinExamples = (examples: readonly Example[]): ArrayBatch => {
  const batch = emptyBatch(examples[0]!.piece, examples.length);
  examples.forEach(({ piece, row }, at) => copyExample(piece, row, batch, at));
  return batch;
};
