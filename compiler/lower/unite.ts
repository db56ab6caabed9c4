// Makes maps over the same loops one kernel where one of them reads what several others make: a root joins only one group.

import { largestKernel } from "../costs/limits.ts";
import type { Value } from "../ir/graph.ts";
import type { Root } from "./fuse.ts";
import { inBetween, isMap, namesOf, reaches, tooMuch } from "./group.ts";
import type { Group, Growing } from "./group.ts";
import type { Saved } from "./saved.ts";
import { nameOf } from "./value-name.ts";

export type Known = {
  readonly readsOf: Group["readsOf"];
  /** The root that makes a value. */
  readonly rootOf: ReadonlyMap<Value, Root>;
  readonly groupOf: Map<Root, Growing>;
  /** Groups that a value comes from, through scans too. */
  readonly madeOf: (value: Value) => readonly Growing[];
  readonly order: ReadonlyMap<Root, number>;
  readonly saved: Saved;
};

/** Changes `groups`; a line for each two that it looks at. */
export const uniteMaps = (
  groups: readonly Growing[],
  { readsOf, rootOf, groupOf, madeOf, order, saved }: Known,
): readonly string[] => {
  const makerOf = (value: Value): Growing | undefined => groupOf.get(rootOf.get(value)!);
  /** Where the roots of each group have gone to. */
  const taken = new Map<Growing, Growing>();
  const whereIs = (group: Growing): Growing => {
    let found = group;
    for (let next = taken.get(found); next !== undefined; next = taken.get(found)) found = next;
    return found;
  };

  const refusal = (reader: Growing, maker: Growing): string | null => {
    const reads = reader.roots.flatMap(readsOf);
    const moved = reads.find(({ value, identity }) => makerOf(value) === maker && !identity);
    if (moved !== undefined) return `${nameOf(moved.value)} is read at another position`;
    const large = tooMuch([...reader.roots, ...maker.roots], largestKernel.map);
    if (large !== null) return large;
    const behindScan = reads.some(
      ({ value }) => !rootOf.has(value) && madeOf(value).includes(maker),
    );
    const others = [...reader.reads].filter((group) => ![reader, maker].includes(whereIs(group)));
    return behindScan || reaches(others, maker) ? inBetween : null;
  };

  const take = (reader: Growing, maker: Growing): void => {
    for (const root of maker.roots) groupOf.set(root, reader);
    reader.roots.push(...maker.roots.splice(0));
    reader.roots.sort((a, b) => order.get(a)! - order.get(b)!);
    for (const group of maker.reads) reader.reads.add(group);
    reader.reads.delete(maker);
    maker.reads.add(reader);
    reader.first = Math.min(reader.first, maker.first);
    reader.last = maker.last = Math.max(reader.last, maker.last);
    taken.set(maker, reader);
  };

  // What is alone in its group was asked of all of these before it got one.
  const readers = groups.filter((group) => isMap(group) && group.roots.length > 1);
  return readers.flatMap((reader) => {
    const notes: string[] = [];
    const makers = reader.roots.flatMap((root) =>
      readsOf(root).flatMap(({ value, identity }) => (identity ? (makerOf(value) ?? []) : [])),
    );
    for (const maker of new Set(makers)) {
      if (maker === reader || !isMap(maker)) continue;
      const names = `merge ${namesOf(reader)} with ${namesOf(maker)}`;
      const saves = saved(reader.roots, maker);
      const why = refusal(reader, maker);
      notes.push(
        `${names}: ${why === null ? `saves ${saves}` : `no, ${why} (would save ${saves})`}`,
      );
      if (why === null) take(reader, maker);
    }
    return notes;
  });
};
