// Gives slots memory: those that are never alive together share it.

import type { Dim } from "../ir/dim.ts";
import { evaluateDim } from "../ir/dim.ts";
import type { SizeDecl } from "../ir/graph.ts";
import { sizesToPlanWith } from "./estimate.ts";
import { alignUp } from "./plan.ts";
import type { Memory, Slot } from "./plan.ts";

type Wanted = Pick<Slot, "words" | "first" | "last">;
/** Slots that are one piece of memory: results written over an operand that is read for the last time. */
type Block = {
  readonly slots: readonly number[];
  readonly words: number;
  readonly first: number;
  readonly last: number;
};

/** `over[slot]`: the slot whose memory it takes over when it is first written, or null. */
export const planMemory = (
  slots: readonly Wanted[],
  over: readonly (number | null)[],
  sizes: readonly SizeDecl[],
  storedWords: number,
): Memory => {
  const env = sizesToPlanWith(sizes);
  const blocks = blocksOf(slots, over, (dim) => evaluateDim(dim, env));
  const bounded = sizes.every((s) => s.max !== null);
  return bounded
    ? fixed(blocks, slots.length, alignUp(storedWords))
    : regions(blocks, slots.length);
};

const blocksOf = (
  slots: readonly Wanted[],
  over: readonly (number | null)[],
  wordsOf: (dim: Dim) => number,
): readonly Block[] => {
  const headOf = (slot: number): number => {
    const before = over[slot] ?? null;
    return before === null ? slot : headOf(before);
  };
  const members = new Map<number, number[]>();
  slots.forEach((_, slot) => {
    const head = headOf(slot);
    members.set(head, [...(members.get(head) ?? []), slot]);
  });
  return [...members.values()].map((list) => ({
    slots: list,
    words: Math.max(...list.map((k) => wordsOf(slots[k]!.words))),
    first: Math.min(...list.map((k) => slots[k]!.first)),
    last: Math.max(...list.map((k) => slots[k]!.last)),
  }));
};

const meets = (a: Block, b: Block): boolean => a.first <= b.last && b.first <= a.last;

/** Largest first, each into the smallest gap among those it is alive together with. */
const fixed = (blocks: readonly Block[], count: number, base: number): Memory => {
  const placed: { readonly block: Block; readonly start: number; readonly end: number }[] = [];
  const offsets = new Array<number>(count).fill(base);
  let end = base;
  for (const block of blocks.toSorted((a, b) => b.words - a.words || a.first - b.first)) {
    const words = alignUp(block.words);
    const taken = placed.filter((p) => meets(p.block, block)).toSorted((a, b) => a.start - b.start);
    const start = bestGap(taken, words, base);
    placed.push({ block, start, end: start + words });
    for (const slot of block.slots) offsets[slot] = start;
    end = Math.max(end, start + words);
  }
  return { kind: "fixed", offsets, end };
};

const bestGap = (
  taken: readonly { readonly start: number; readonly end: number }[],
  words: number,
  base: number,
): number => {
  let best: { readonly start: number; readonly room: number } | null = null;
  let free = base;
  for (const { start, end } of taken) {
    const room = start - free;
    if (room >= words && (best === null || room < best.room)) best = { start: free, room };
    free = Math.max(free, end);
  }
  return best?.start ?? free;
};

/** Regions by lifetime only, which is right for all sizes; the closest in size is taken over first. */
const regions = (blocks: readonly Block[], count: number): Memory => {
  const open: { words: number; last: number }[] = [];
  const regionOf = new Array<number>(count).fill(0);
  for (const block of blocks.toSorted((a, b) => a.first - b.first || b.words - a.words)) {
    const free = open
      .map((region, k) => ({ k, region }))
      .filter(({ region }) => region.last < block.first)
      .toSorted((a, b) => distance(a.region, block) - distance(b.region, block));
    const k = free[0]?.k ?? open.length;
    open[k] = { words: Math.max(open[k]?.words ?? 0, block.words), last: block.last };
    for (const slot of block.slots) regionOf[slot] = k;
  }
  return { kind: "regions", regionOf };
};

const distance = (region: { readonly words: number }, block: Block): number =>
  Math.abs(region.words - block.words);
