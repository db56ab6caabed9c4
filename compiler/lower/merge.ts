// Puts kernels over the same loops together: what one writes the next reads from a register, shared inputs are read once.

import type { Op, SizeDecl, Value } from "../ir/graph.ts";
import { elementCount, equalShapes } from "../ir/type.ts";
import { estimateDim } from "../ir/estimate.ts";
import { mostAfterProduct, nameOf, sameDomain } from "./fuse.ts";
import type { Fusion, Root } from "./fuse.ts";
import { append } from "../ir/list-map.ts";
import { longShape } from "./long-axes.ts";
import { inOrder, reaches } from "./group.ts";
import type { Group, Growing } from "./group.ts";
import type { Stream } from "./streams/stream.ts";
import { putBeside } from "./beside.ts";
import { printBytes } from "./memory-budget.ts";
import { baseOf, readsOf } from "./reads.ts";
import type { Read } from "./reads.ts";

/** Arithmetic ops of a kernel that only maps. */
const mostPerMap = 60;

export type Grouping = { readonly groups: readonly Group[]; readonly notes: readonly string[] };

/** Of all groups that read a value, a root tries to join so many: what all layers read has very many readers. */
const mostTried = 4;
/** Operations on each element that sums with common loops make. */
const mostPerSums = 40;
/** Operations that one root adds to each result of a tile. */
const mostInTile = 2;
/** Arithmetic ops of a kernel over rows. */
const mostPerRow = 90;
/** What a kernel over rows may sum up. */
const rowReductions: ReadonlySet<string> = new Set(["reduceSum", "reduceMax", "reduceProd"]);

const isLarge = ({ name }: Op): boolean => !rowReductions.has(name);
const rankOf = ({ value }: Root): number => longShape(value).length;
const sameRows = (a: Value, b: Value, rows: number): boolean =>
  equalShapes(longShape(a).slice(0, rows), longShape(b).slice(0, rows));

export const merge = (
  fusion: Fusion,
  sizes: readonly SizeDecl[],
  streams: readonly Stream[] = [],
): Grouping => {
  const estimate = estimateDim(sizes);
  const reads = readsOf(fusion);
  const rootOf = new Map(fusion.roots.map((root) => [root.value, root]));
  const order = new Map(fusion.roots.map((root, position) => [root, position]));
  const groupOf = new Map<Root, Growing>();
  /** Groups that read a value element by element, or make it: one that did so lately stands there once. */
  const near = new Map<Value, Growing[]>();
  const groups: Growing[] = [];
  const notes: string[] = [];

  /** Roots that a value comes from: its own, or those whose values went into the scan that gives it. */
  const throughScans = new Map<Op, readonly Root[]>();
  const producersOf = (value: Value): readonly Root[] => {
    const root = rootOf.get(value);
    if (root !== undefined) return [root];
    if (value.def.kind === "input" || value.def.op.name !== "scan") return [];
    const { op } = value.def;
    const known = throughScans.get(op);
    if (known !== undefined) return known;
    const found = op.operands.flatMap((operand) => producersOf(baseOf(operand, fusion.aliases)));
    throughScans.set(op, found);
    return found;
  };

  const streamOf = groupsOfStreams(streams, fusion.roots);
  /** Groups of streams that a root goes into, though that root of the stream may come later. */
  const readBy = new Map<Root, Growing[]>();
  for (const root of fusion.roots) {
    const stream = streamOf.get(root.value);
    if (stream !== undefined)
      for (const { value } of reads.get(root)!)
        for (const producer of producersOf(value))
          if (streamOf.get(producer.value) !== stream) append(readBy, producer, stream);
  }

  const madeOf = (value: Value): readonly Growing[] =>
    producersOf(value).map((producer) => groupOf.get(producer)!);
  const groupsRead = (root: Root): readonly Growing[] =>
    reads.get(root)!.flatMap(({ value }) => madeOf(value));

  /** Whether a scan, another group or a stream runs after the group and before the root. */
  const isBetween = (root: Root, group: Growing): boolean => {
    const behindScan = reads
      .get(root)!
      .some(({ value }) => !rootOf.has(value) && madeOf(value).includes(group));
    const others = groupsRead(root).filter((other) => other !== group);
    if (behindScan || reaches(others, group)) return true;
    const before = [...others, ...group.reads];
    return (readBy.get(root) ?? []).some((stream) => reaches(before, stream));
  };

  /** Reads of what a group makes. */
  const readsIn = (root: Root, group: Growing): readonly Read[] =>
    reads.get(root)!.filter(({ value }) => groupOf.get(rootOf.get(value)!) === group);

  /** Why a root does not run in the loops of a group that goes through the same shape; null where it does. */
  const refusal = (root: Root, group: Growing): string | null => {
    if (group.stream !== null) return "that is a stream";
    const member = group.roots[0]!;
    if (root.axes === null || member.axes === null) return "one of them brings its own loops";
    if (root.reductions.length > 0) return `${nameOf(root.value)} is a reduction`;
    if (!sameDomain(root.value, member.value)) return "they loop over different shapes";
    const inGroup = readsIn(root, group);
    const moved = inGroup.find((read) => !read.identity);
    if (moved !== undefined) return `${nameOf(moved.value)} is read at another position`;
    const reduces = group.roots.some((other) => other.reductions.length > 0);
    if (inGroup.length === 0 && reduces) return "it needs nothing of that reduction";
    const work = [root, ...group.roots].reduce((n, other) => n + other.arithmetic, 0);
    const [own, most] = reduces ? [mostInTile, mostAfterProduct] : [Infinity, mostPerMap];
    if (root.arithmetic > own)
      return `${root.arithmetic} operations for each result are more than ${own}`;
    if (work > most) return `${work} operations are more than ${most}`;
    return isBetween(root, group) ? "something in between needs the one and makes the other" : null;
  };

  /** Whether its sums do not go along memory while the rows are gone through. */
  const jumps = (root: Root, rows: number): boolean =>
    reads.get(root)!.some(({ along }) => [...along].some((axis) => axis < rows));
  /** The number of rows' axes with which a root may join a group, or why there is none. */
  const rowsWith = (root: Root, group: Growing): number | string => {
    if (group.stream !== null) return "that is a stream";
    const all = [...group.roots, root];
    if (all.some(({ axes }) => axes === null)) return "one of them brings its own loops";
    const large = all.flatMap(({ reductions }) => reductions).find(isLarge);
    if (large !== undefined) return `${large.name} is not made row by row`;
    const depths = all.flatMap((r) => r.depths);
    const rows = group.rows > 0 ? group.rows : Math.min(...depths);
    if (rows < 1 || rows === Infinity) return "they loop over different shapes and sum no rows";
    if (depths.some((depth) => depth !== rows)) return "their rows are different axes";
    const inGroup = readsIn(root, group);
    if (inGroup.length === 0) return "it needs nothing of it";
    const moved = inGroup.find((read) => read.rows < rows);
    if (moved !== undefined) return `${nameOf(moved.value)} is read in other rows`;
    const jumping = all.find((r) => r.reductions.length > 0 && jumps(r, rows));
    if (jumping !== undefined) return `the sum of ${nameOf(jumping.value)} would jump in memory`;
    const hasRows = (r: Root): boolean =>
      rankOf(r) >= rows && sameRows(r.value, group.roots[0]!.value, rows);
    const other = (group.rows === 0 ? all : [root]).find((r) => !hasRows(r));
    if (other !== undefined) return `${nameOf(other.value)} does not have these rows`;
    const work = all.reduce((n, { arithmetic }) => n + arithmetic, 0);
    if (work > mostPerRow) return `${work} operations are more than ${mostPerRow}`;
    return isBetween(root, group) ? "something in between needs the one and makes the other" : rows;
  };

  /** Bytes that need not be loaded twice if a root joins a group. */
  const saved = (root: Root, group: Growing): number => {
    const known = new Set(
      group.roots.flatMap((r) => [r.value, ...reads.get(r)!.map((x) => x.value)]),
    );
    const shared = reads.get(root)!.filter(({ value }) => known.has(value));
    return 4 * shared.reduce((n, { value }) => n + estimate(elementCount(value.type)), 0);
  };
  const refuse = (root: Root, group: Growing, why: string): void => {
    const names = `${nameOf(root.value)} with ${nameOf(group.roots[0]!.value)}`;
    notes.push(`merge ${names}: no, ${why} (would save ${printBytes(saved(root, group))})`);
  };

  /** Sums along outer axes by what they read; those over the same elements share their loops. */
  const sums = new Map<Value, Growing>();
  const sumsWith = (root: Root): Growing | null => {
    if (!isColumnSum(root, reads.get(root)!)) return null;
    const readers = new Set(reads.get(root)!.flatMap(({ value }) => sums.get(value) ?? []));
    for (const group of [...readers].toSorted((a, b) => b.last - a.last)) {
      const why = refusalOfSums(root, group);
      if (why === null) return group;
      refuse(root, group, why);
    }
    return null;
  };
  const refusalOfSums = (root: Root, group: Growing): string | null => {
    if (!group.roots.every((other) => sumsTheSame(other, root)))
      return "they sum over different elements";
    if (readsIn(root, group).length > 0) return "the one is made of the other";
    const work = [root, ...group.roots].reduce((n, other) => n + other.arithmetic, 0);
    if (work > mostPerSums) return `${work} operations are more than ${mostPerSums}`;
    return isBetween(root, group) ? "something in between needs the one and makes the other" : null;
  };

  const lately = (value: Value): readonly Growing[] => (near.get(value) ?? []).slice(-mostTried);
  const touch = (value: Value, group: Growing): void => {
    if (!lately(value).includes(group)) append(near, value, group);
  };

  /** The latest group that a root may join: in its loops, else row by row (`rows` > 0). A line for each that it may not. */
  const choose = (root: Root, own: readonly Read[]): { group: Growing | null; rows: number } => {
    const latest = (list: Iterable<Growing>): readonly Growing[] =>
      [...new Set(list)].toSorted((a, b) => b.last - a.last);
    const refused = new Map<Growing, string>();
    let chosen: { group: Growing | null; rows: number } = { group: null, rows: 0 };
    for (const group of latest(own.flatMap(({ value }) => lately(value)))) {
      if (group.rows > 0) continue;
      const why = refusal(root, group);
      if (why === null) chosen = { group, rows: 0 };
      else refused.set(group, why);
      if (why === null) break;
    }
    if (chosen.group === null)
      for (const group of latest(groupsRead(root))) {
        const rows = rowsWith(root, group);
        if (typeof rows === "number") chosen = { group, rows };
        else if (!refused.has(group)) refused.set(group, rows);
        if (typeof rows === "number") break;
      }
    if (chosen.group === null) chosen = { group: sumsWith(root), rows: 0 };
    if (chosen.group !== null) refused.delete(chosen.group);
    for (const [group, why] of refused) refuse(root, group, why);
    return chosen;
  };

  for (const root of fusion.roots) {
    const stream = streamOf.get(root.value);
    const own = reads.get(root)!.filter((read) => read.identity);
    const { group: joined, rows } =
      stream === undefined ? choose(root, own) : { group: null, rows: 0 };
    const position = order.get(root)!;
    const group = joined ?? stream ?? newGroup(null, position);
    if (group.roots.length === 0) groups.push(group);
    else
      notes.push(
        `merge ${nameOf(root.value)} with ${group.roots.map((r) => nameOf(r.value)).join(", ")}` +
          (rows === 0 && stream === undefined ? "" : `: row by row`),
      );
    if (rows > 0) group.rows = rows;
    for (const other of groupsRead(root)) if (other !== group) group.reads.add(other);
    for (const reader of readBy.get(root) ?? []) reader.reads.add(group);
    group.roots.push(root);
    group.last = Math.max(group.last, position);
    groupOf.set(root, group);
    touch(root.value, group);
    for (const { value } of own) touch(value, group);
    if (group.roots.every((other) => isColumnSum(other, reads.get(other)!)))
      for (const { value } of reads.get(root)!) sums.set(value, group);
  }
  const readsOfRoot = (root: Root): readonly Read[] => reads.get(root)!;
  notes.push(...putBeside(groups, readsOfRoot));
  return { groups: inOrder(groups, readsOfRoot), notes };
};

/** Whether a root is one sum whose neighbours in memory go to different results. */
const isColumnSum = ({ axes, reductions }: Root, reads: readonly Read[]): boolean =>
  axes !== null &&
  reductions.length === 1 &&
  reductions[0]!.name === "reduceSum" &&
  reads.some(({ along }) => along.size > 0);

const sumsTheSame = (a: Root, b: Root): boolean => {
  const [one, other] = [a.reductions[0], b.reductions[0]];
  return (
    one !== undefined &&
    other !== undefined &&
    sameDomain(a.value, b.value) &&
    equalShapes(one.operands[0]!.type.shape, other.operands[0]!.type.shape) &&
    JSON.stringify(one.attrs["axes"]) === JSON.stringify(other.attrs["axes"])
  );
};

const newGroup = (stream: Stream | null, position: number): Growing => ({
  roots: [],
  rows: 0,
  beside: [],
  stream,
  reads: new Set(),
  first: position,
  last: position,
});

/** The group of each value of a stream, which ends where its last root stands. */
const groupsOfStreams = (
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
