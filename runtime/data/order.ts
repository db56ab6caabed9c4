// In which order an epoch visits examples, and which are set aside: both follow from the seed.
import { permutation, splitSeed, streamKey, uniformAt } from "../random.ts";

/** `true`: a new permutation per epoch; a number: a window that examples pass through. */
export type Shuffle = boolean | number;

/** Rows 0 .. count-1 in the order of an epoch. */
export const epochOrder = (
  count: number,
  shuffle: Shuffle,
  seed: number,
  epoch: number,
): Uint32Array => {
  if (shuffle === true) return permutation(count, ...shuffleKey(seed), epoch);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  if (shuffle === false || shuffle <= 1) return order;
  const mixer = windowMixer<number>(shuffle, seed, epoch);
  const mixed: number[] = [];
  for (const row of order) {
    const out = mixer.push(row);
    if (out !== undefined) mixed.push(out);
  }
  return Uint32Array.from([...mixed, ...mixer.drain()]);
};

/** `batch` rows at a time; the last group may be smaller. */
export const evenGroups = (rows: Uint32Array, batch: number): readonly Uint32Array[] =>
  Array.from({ length: Math.ceil(rows.length / batch) }, (_, i) =>
    rows.subarray(i * batch, (i + 1) * batch),
  );

/** Batches whose examples are sorted by length among each other. */
const bucketBatches = 64;

/**
 * Groups of rows of like size: some batches' worth of the order at a time is sorted by size and cut, and the groups come
 * in an order that follows from the seed. What is left over is one smaller group.
 */
export const bucketed = (
  order: Uint32Array,
  sizes: Uint32Array,
  batch: number,
  seed: number,
  epoch: number,
): readonly Uint32Array[] => {
  const groups = evenGroups(order, bucketBatches * batch).flatMap((bucket) => {
    const sorted = Uint32Array.from([...bucket].sort((a, b) => sizes[a]! - sizes[b]!));
    return evenGroups(sorted, batch);
  });
  const [key0, key1] = streamKey("shuffle/buckets", ...splitSeed(seed));
  return [...permutation(groups.length, key0, key1, epoch)].map((at) => groups[at]!);
};

/** Holds `window` items; each new one pushes out a random one. */
export type WindowMixer<T> = {
  readonly push: (item: T) => T | undefined;
  readonly drain: () => readonly T[];
};

export const windowMixer = <T>(window: number, seed: number, epoch: number): WindowMixer<T> => {
  const [key0, key1] = shuffleKey(seed);
  const held: T[] = [];
  let drawn = 0;
  return {
    push: (item) => {
      if (held.length < window) {
        held.push(item);
        return undefined;
      }
      const at = Math.floor(uniformAt(key0, key1, epoch, drawn++) * window);
      const out = held[at]!;
      held[at] = item;
      return out;
    },
    drain: () => {
      const [last0, last1] = streamKey("shuffle/drain", ...splitSeed(seed));
      return [...permutation(held.length, last0, last1, epoch)].map((at) => held[at]!);
    },
  };
};

/** A share of the rows set aside for validation, the same for every run with this seed; both in ascending order. */
export const splitRows = (
  count: number,
  share: number,
  seed: number,
): { readonly train: Uint32Array; readonly validation: Uint32Array } => {
  const aside = Math.round(count * share);
  const order = permutation(count, ...streamKey("validation", ...splitSeed(seed)), 0);
  return {
    validation: order.subarray(0, aside).toSorted(),
    train: order.subarray(aside).toSorted(),
  };
};

/** The same for streams, whose length is not known: each row is set aside with probability `share`. */
export const setAsideTest = (share: number, seed: number): ((row: number) => boolean) => {
  const [key0, key1] = streamKey("validation", ...splitSeed(seed));
  return (row) => uniformAt(key0, key1, 0, row) < share;
};

const shuffleKey = (seed: number): readonly [number, number] =>
  streamKey("shuffle", ...splitSeed(seed));
