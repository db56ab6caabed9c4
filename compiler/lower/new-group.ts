// Groups as merging begins with them.

import type { Value } from "../ir/graph.ts";
import type { Root } from "./fuse.ts";
import type { Growing } from "./group.ts";
import type { Stream } from "./streams/stream.ts";

export const newGroup = (stream: Stream | null, position: number): Growing => ({
  roots: [],
  placed: [],
  rows: 0,
  beside: [],
  stream,
  reads: new Set(),
  first: position,
  last: position,
});

/** The group of each value of a stream, which ends where its last root stands. */
export const groupsOfStreams = (
  streams: readonly Stream[],
  roots: readonly Root[],
): ReadonlyMap<Value, Growing> => {
  const groupOf = new Map<Value, Growing>();
  const positionOf = new Map(roots.map(({ value }, k) => [value, k] as const));
  for (const stream of streams) {
    const positions = [...stream.members].flatMap((member) => positionOf.get(member) ?? []);
    const group = newGroup(stream, Math.min(...positions));
    group.last = Math.max(...positions);
    for (const member of stream.members) groupOf.set(member, group);
  }
  return groupOf;
};
