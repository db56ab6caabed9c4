// Gives slots memory: those that are never alive together share it.

import type { SizeDecl } from "../ir/graph.ts";
import { estimateDim, mostOfDim } from "../ir/estimate.ts";
import { append } from "../ir/list-map.ts";
import { alignUp } from "./plan.ts";
import type { Memory, Slot } from "./plan.ts";
import { createPriorityQueue } from "./priority-queue.ts";
import { createTakenWords, firstIndex } from "./taken-words.ts";
import type { Range } from "./taken-words.ts";

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
  alignment: number,
  slabOf: readonly number[] = slots.map(() => 0),
): Memory => {
  const mostOf = mostOfDim(sizes);
  const most = slots.map(({ words }) => mostOf(words));
  const bounded = sizes.every(({ max }) => max !== null);
  if (bounded && most.every((words) => words !== null))
    return fixed(blocksOf(slots, over, most), slabOf, storedWords, alignment);
  const estimate = estimateDim(sizes);
  const words = slots.map((slot) => estimate(slot.words));
  return regions(blocksOf(slots, over, words), slabOf);
};

const blocksOf = (
  slots: readonly Wanted[],
  over: readonly (number | null)[],
  wordsOf: readonly number[],
): readonly Block[] => {
  const heads: number[] = [];
  const members = new Map<number, number[]>();
  slots.forEach((_, slot) => {
    // An operand has its number before the result that is written over it.
    const before = over[slot] ?? null;
    heads.push(before === null ? slot : heads[before]!);
    append(members, heads[slot]!, slot);
  });
  return [...members.values()].map((list) => ({
    slots: list,
    words: Math.max(...list.map((k) => wordsOf[k]!)),
    first: Math.min(...list.map((k) => slots[k]!.first)),
    last: Math.max(...list.map((k) => slots[k]!.last)),
  }));
};

/** Blocks of each slab; there is always one. */
const bySlab = (
  blocks: readonly Block[],
  slabOf: readonly number[],
): readonly (readonly Block[])[] =>
  Array.from({ length: Math.max(0, ...slabOf) + 1 }, (_, slab) =>
    blocks.filter(({ slots }) => slabOf[slots[0]!] === slab),
  );

const fixed = (
  blocks: readonly Block[],
  slabOf: readonly number[],
  storedWords: number,
  alignment: number,
): Memory => {
  const offsets = new Array<number>(slabOf.length).fill(0);
  const starts: number[] = [];
  let end = alignUp(storedWords, alignment);
  for (const own of bySlab(blocks, slabOf)) {
    starts.push(end);
    end = placeBlocks(own, end, alignment, offsets);
  }
  return { kind: "fixed", offsets, end, slabOf, starts };
};

/** Largest first, each into the smallest gap among those it is alive together with. Gives the end. */
const placeBlocks = (
  blocks: readonly Block[],
  base: number,
  alignment: number,
  offsets: number[],
): number => {
  const taken = createTakenWords(
    -1,
    blocks.reduce((latest, { last }) => Math.max(latest, last), -1),
  );
  let end = base;
  for (const block of blocks.toSorted((a, b) => b.words - a.words || a.first - b.first)) {
    // A device binds a word at least, and no other slab may begin there.
    const words = alignUp(Math.max(1, block.words), alignment);
    const start = bestGap(taken.during(block.first, block.last), words, base);
    taken.take(block.first, block.last, { start, end: start + words });
    for (const slot of block.slots) offsets[slot] = start;
    end = Math.max(end, start + words);
  }
  return end;
};

const bestGap = (taken: readonly Range[], words: number, base: number): number => {
  let best: { readonly start: number; readonly room: number } | null = null;
  let free = base;
  for (const { start, end } of taken) {
    const room = start - free;
    if (room >= words && (best === null || room < best.room)) best = { start: free, room };
    free = Math.max(free, end);
  }
  return best?.start ?? free;
};

/** Memory that blocks have one after another: words of the largest so far, and when the latest ends. */
type Region = { readonly k: number; readonly words: number; readonly last: number };

const regions = (blocks: readonly Block[], slabOf: readonly number[]): Memory => {
  const regionOf = new Array<number>(slabOf.length).fill(0);
  const firsts: number[] = [];
  let made = 0;
  for (const own of bySlab(blocks, slabOf)) {
    firsts.push(made);
    made = shareRegions(own, made, regionOf);
  }
  return { kind: "regions", regionOf, slabOf, firsts };
};

/** Regions by lifetime only, which is right for all sizes; one with room is taken over first. Gives their number. */
const shareRegions = (blocks: readonly Block[], before: number, regionOf: number[]): number => {
  const busy = createPriorityQueue<Region>((a, b) => a.last < b.last);
  const free: Region[] = [];
  const release = (region: Region): void => {
    const at = firstIndex(free, (other) => comesBefore(region, other));
    free.splice(at, 0, region);
  };
  let made = before;
  for (const block of blocks.toSorted((a, b) => a.first - b.first || b.words - a.words)) {
    const isOver = (region: Region): boolean => region.last < block.first;
    for (let next = busy.popIf(isOver); next !== null; next = busy.popIf(isOver)) release(next);
    const [region] = free.length === 0 ? [] : free.splice(bestFit(free, block.words), 1);
    const k = region?.k ?? made++;
    busy.push({ k, words: Math.max(region?.words ?? 0, block.words), last: block.last });
    for (const slot of block.slots) regionOf[slot] = k;
  }
  return made;
};

const comesBefore = (a: Region, b: Region): boolean =>
  a.words < b.words || (a.words === b.words && a.k < b.k);

/** The position, among regions by words and then by number, of the smallest with room; without one, of the largest. */
const bestFit = (free: readonly Region[], words: number): number =>
  Math.min(
    firstIndex(free, (region) => region.words >= words),
    free.length - 1,
  );
