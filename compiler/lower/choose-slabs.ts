// Puts slots into slabs, so that what a launch reads and what it writes lie in different buffers of a device.

/** Slots of one launch of which one is read and one is written. */
export type Pair = readonly [read: number, written: number];

/**
 * Each slot in the first slab in which nothing is that it must be apart from; where all of `most` have such a slot, in
 * the one with the fewest: that launch then binds both for writing.
 */
export const chooseSlabs = (
  count: number,
  pairs: readonly Pair[],
  most: number,
): readonly number[] => {
  const apartFrom = Array.from({ length: count }, () => new Set<number>());
  for (const [a, b] of pairs) {
    if (a === b) continue;
    apartFrom[a]!.add(b);
    apartFrom[b]!.add(a);
  }
  const slabOf: number[] = [];
  for (let slot = 0; slot < count; slot++) {
    const met = Array.from({ length: most }, () => 0);
    for (const other of apartFrom[slot]!) if (other < slot) met[slabOf[other]!]!++;
    slabOf.push(met.indexOf(Math.min(...met)));
  }
  return slabOf;
};
