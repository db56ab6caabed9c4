// The dispatches of an entry in the order they run, with the words each of their args is.

import { evaluateDim } from "../ir/dim.ts";
import { buffersOf } from "../kernel/buffers.ts";
import type { Range } from "./taken-words.ts";
import { sizesOfDispatch } from "./plan.ts";
import type { Dispatch, Loop, PlannedKernel, Position } from "./plan.ts";

type Sizes = ReadonlyMap<string, number>;

/** Neighbouring rounds of a loop, by the least and largest value of its variable. */
export type Rounds = { readonly first: number; readonly last: number };

type Visit = (position: number, rounds: readonly Rounds[]) => void;

/**
 * Calls `visit` for every dispatch in order. A loop runs its first two rounds and its last; those between do the same
 * as the second, each a step further, and are visited at once. Before that `ahead` is called for each dispatch of the
 * loop, with all but the last of these rounds: what a round leaves to the next is there when that begins.
 */
export const walkDispatches = (
  dispatches: readonly Dispatch[],
  sizes: Sizes,
  visit: Visit,
  ahead: Visit,
): void => {
  const walk = (call: Visit, from: number, to: number, around: readonly Rounds[]): void => {
    for (let position = from; position < to;) {
      const loop = dispatches[position]!.loops[around.length];
      if (loop === undefined) {
        call(position++, around);
        continue;
      }
      let end = position;
      while (end < to && dispatches[end]!.loops[around.length] === loop) end++;
      for (const rounds of roundsOf(loop, sizes)) {
        if (rounds.first < rounds.last)
          walk(ahead, position, end, [...around, allButLast(rounds, loop)]);
        walk(call, position, end, [...around, rounds]);
      }
      position = end;
    }
  };
  walk(visit, 0, dispatches.length, []);
};

/** In reverse the last round has the least value. */
const allButLast = ({ first, last }: Rounds, { reverse }: Loop): Rounds =>
  reverse ? { first: first + 1, last } : { first, last: last - 1 };

const roundsOf = ({ length, reverse }: Loop, sizes: Sizes): readonly Rounds[] => {
  const count = evaluateDim(length, sizes);
  const edges = [0, 1, 2, count - 1].filter((edge) => edge >= 0 && edge < count);
  const starts = [...new Set(edges)].toSorted((a, b) => a - b);
  return starts.map((start, k): Rounds => {
    const last = (starts[k + 1] ?? count) - 1;
    return reverse ? { first: count - 1 - last, last: count - 1 - start } : { first: start, last };
  });
};

/** Words of each arg of a dispatch, from the start of its buffer, in some rounds of its loops. */
export const wordsOfArgs = (
  { kernel }: PlannedKernel,
  dispatch: Dispatch,
  rounds: readonly Rounds[],
  sizes: Sizes,
): readonly Range[] => {
  const known = sizesOfDispatch(kernel, dispatch, sizes);
  return buffersOf(kernel).map(({ shape }, k) =>
    rangeAt(
      dispatch.args[k]!.at,
      shape.reduce<number>((words, dim) => words * evaluateDim(dim, known), 1),
      rounds,
      sizes,
    ),
  );
};

const rangeAt = (
  positions: readonly Position[],
  words: number,
  rounds: readonly Rounds[],
  sizes: Sizes,
): Range =>
  positions.reduce<Range>(
    ({ start, end }, position) => {
      const [least, most] = placesOf(position, rounds, sizes);
      const stride = evaluateDim(position.stride, sizes);
      return { start: start + stride * least, end: end + stride * most };
    },
    { start: 0, end: words },
  );

const placesOf = (
  { loop, shift, alternates }: Position,
  rounds: readonly Rounds[],
  sizes: Sizes,
): readonly [number, number] => {
  const { first, last } = loop === null ? { first: 0, last: 0 } : rounds[loop]!;
  const by = evaluateDim(shift, sizes);
  if (!alternates) return [first + by, last + by];
  return first === last ? [(first + by) % 2, (first + by) % 2] : [0, 1];
};

/** Whether no loop is at several rounds at once. */
export const isOneRound = (rounds: readonly Rounds[]): boolean =>
  rounds.every(({ first, last }) => first === last);
