// Values that become one kernel, and the order in which groups of them need each other.

import type { Root } from "./fuse.ts";
import type { Placed } from "./pieces.ts";
import type { Read } from "./reads.ts";
import type { Stream } from "./streams/stream.ts";
import { nameOf } from "./value-name.ts";

/** Roots that become one kernel, in an order in which each reads only earlier ones. */
export type Group = {
  readonly roots: readonly Root[];
  /** What is made of these piece by piece in the same loops. */
  readonly placed: readonly Placed[];
  /** How many leading axes are those of rows that are gone through one by one; 0 where all loop over the same shape. */
  readonly rows: number;
  /** Sums with loops of their own after those of the roots. */
  readonly beside: readonly Root[];
  /** What it computes row by row, products included. */
  readonly stream: Stream | null;
  readonly readsOf: (root: Root) => readonly Read[];
};

/** Whether the kernel of a root makes a product. */
export const isProduct = ({ reductions }: Root): boolean =>
  reductions.some(({ name }) => name === "contract");

export const membersOf = ({ roots, placed, beside }: Group): readonly Root[] => [
  ...roots,
  ...placed.flatMap((one) => one.roots),
  ...beside,
];

/** A group while it grows; without roots it stands for the one that took them, which it reads. */
export type Growing = {
  readonly roots: Root[];
  readonly placed: Placed[];
  rows: number;
  readonly beside: Root[];
  readonly stream: Stream | null;
  /** Groups whose values it reads. */
  readonly reads: Set<Growing>;
  /** Positions of its first and last root. */
  first: number;
  last: number;
};

export const namesOf = ({ roots }: Growing): string =>
  roots.map(({ value }) => nameOf(value)).join(", ");

/** Whether all that a group does is to go once through one shape. */
export const isMap = ({ roots, rows, stream }: Growing): boolean =>
  stream === null &&
  rows === 0 &&
  roots.length > 0 &&
  roots.every(({ axes, reductions }) => axes !== null && reductions.length === 0);

/** Why roots do too much for one kernel; null where they do not. */
export const tooMuch = (roots: readonly Root[], most: number): string | null => {
  const work = roots.reduce((sum, { arithmetic }) => sum + arithmetic, 0);
  return work > most ? `${work} operations are more than ${most}` : null;
};

/** Why two groups stay apart of which the one reaches the other through others. */
export const inBetween = "something in between needs the one and makes the other";

/**
 * Whether one of `from` is `target` or needs what it computes, through any number of groups. Breadth first: what needs
 * a far one mostly does so by a way of few groups, as a gradient needs what its own layer kept.
 */
export const reaches = (from: Iterable<Growing>, target: Growing): boolean => {
  const seen = new Set(from);
  // A set grows while it is walked.
  for (const group of seen) {
    if (group === target) return true;
    if (group.last >= target.first) for (const other of group.reads) seen.add(other);
  }
  return false;
};

/** Groups so that each comes after those it reads; otherwise as they were. */
export const inOrder = (
  groups: readonly Growing[],
  readsOf: Group["readsOf"],
): readonly Group[] => {
  const done = new Set<Growing>();
  const ordered: Group[] = [];
  // A stack, not recursion: networks are hundreds of groups deep.
  const stack = groups.toReversed().map((group) => ({ group, open: true }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { group, open } = next;
    const { roots, placed, rows, beside, stream } = group;
    if (!open && roots.length > 0) ordered.push({ roots, placed, rows, beside, stream, readsOf });
    if (!open || done.has(group)) continue;
    done.add(group);
    stack.push({ group, open: false });
    for (const other of group.reads) if (!done.has(other)) stack.push({ group: other, open: true });
  }
  return ordered;
};
