// A layout in which some slots have memory of their own.
import type { Layout } from "./abi.ts";

/** Where memory begins for a device, in words. */
const alignment = 64;

type Own = { readonly slot: number; readonly count: number };

/** Each of `own` comes behind its slab, and what lies after that moves on. */
export const layoutApart = (
  { offsets, end, slabs: starts = [0] }: Layout,
  own: readonly Own[],
): Layout => {
  const slabOf = offsets.map((offset) => starts.findLastIndex((start) => start <= offset));
  const ends = starts.map((_, slab) => starts[slab + 1] ?? end);
  const counts = new Map(own.map(({ slot, count }) => [slot, count]));
  const placed = offsets.map(() => 0);
  const moved: number[] = [];
  let shift = 0;
  starts.forEach((start, slab) => {
    moved.push(start + shift);
    const here = offsets.flatMap((_, slot) => (slabOf[slot] === slab ? [slot] : []));
    for (const slot of here) placed[slot] = offsets[slot]! + shift;
    for (const slot of here) {
      const count = counts.get(slot);
      if (count === undefined) continue;
      placed[slot] = ends[slab]! + shift;
      shift += Math.ceil(count / alignment) * alignment;
    }
  });
  return { offsets: placed, end: end + shift, slabs: moved };
};
