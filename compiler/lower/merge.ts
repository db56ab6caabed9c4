// Puts kernels over the same loops together: what one writes the next reads from a register, shared inputs are read once.

import type { Op, Value } from "../ir/graph.ts";
import { equalShapes } from "../ir/type.ts";
import { mostAfterProduct, nameOf, sameDomain } from "./fuse.ts";
import type { Fusion, Root } from "./fuse.ts";
import { append } from "../ir/list-map.ts";
import { longShape } from "./long-axes.ts";
import { inOrder, reaches } from "./group.ts";
import type { Group, Growing } from "./group.ts";
import type { Stream } from "./streams/stream.ts";
import { putBeside } from "./beside.ts";
import { baseOf, readsOf } from "./reads.ts";
import type { Read } from "./reads.ts";

/** Arithmetic ops of a kernel that only maps. */
const mostPerMap = 60;

export type Grouping = { readonly groups: readonly Group[]; readonly notes: readonly string[] };

/** Of all groups that read a value, a root tries to join so many: what all layers read has very many readers. */
const mostTried = 4;
/** Arithmetic ops of a kernel over rows. */
const mostPerRow = 90;
/** What a kernel over rows may sum up. */
const rowReductions: ReadonlySet<string> = new Set(["reduceSum", "reduceMax", "reduceProd"]);

const isLarge = ({ name }: Op): boolean => !rowReductions.has(name);
const rankOf = ({ value }: Root): number => longShape(value).length;
const sameRows = (a: Value, b: Value, rows: number): boolean =>
  equalShapes(longShape(a).slice(0, rows), longShape(b).slice(0, rows));

export const merge = (fusion: Fusion, streams: readonly Stream[] = []): Grouping => {
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

  const joins = (root: Root, group: Growing): boolean => {
    if (group.stream !== null) return false;
    const member = group.roots[0]!;
    if (root.axes === null || member.axes === null) return false;
    if (root.reductions.length > 0 || !sameDomain(root.value, member.value)) return false;
    const inGroup = reads
      .get(root)!
      .filter(({ value }) => groupOf.get(rootOf.get(value)!) === group);
    if (inGroup.some((read) => !read.identity)) return false;
    const reduces = group.roots.some((other) => other.reductions.length > 0);
    if (inGroup.length === 0 && reduces) return false;
    const work = [root, ...group.roots].reduce((n, other) => n + other.arithmetic, 0);
    if (reduces ? root.arithmetic > 2 || work > mostAfterProduct : work > mostPerMap) return false;
    return !isBetween(root, group);
  };

  /** Whether its sums do not go along memory while the rows are gone through. */
  const jumps = (root: Root, rows: number): boolean =>
    reads.get(root)!.some(({ along }) => [...along].some((axis) => axis < rows));
  /** The number of rows' axes with which a root may join a group, 0 for none. */
  const rowsWith = (root: Root, group: Growing): number => {
    if (group.stream !== null) return 0;
    const all = [...group.roots, root];
    if (all.some(({ axes, reductions }) => axes === null || reductions.some(isLarge))) return 0;
    const inGroup = reads
      .get(root)!
      .filter(({ value }) => groupOf.get(rootOf.get(value)!) === group);
    const depths = all.flatMap((r) => r.depths);
    const rows = group.rows > 0 ? group.rows : Math.min(...depths);
    if (rows < 1 || rows === Infinity || depths.some((depth) => depth !== rows)) return 0;
    if (inGroup.length === 0 || inGroup.some((read) => read.rows < rows)) return 0;
    if (all.some((r) => r.reductions.length > 0 && jumps(r, rows))) return 0;
    if (group.rows === 0 && group.roots.some((r) => rankOf(r) < rows)) return 0;
    if (rankOf(root) < rows || !sameRows(root.value, group.roots[0]!.value, rows)) return 0;
    if (all.reduce((n, { arithmetic }) => n + arithmetic, 0) > mostPerRow) return 0;
    return isBetween(root, group) ? 0 : rows;
  };

  const lately = (value: Value): readonly Growing[] => (near.get(value) ?? []).slice(-mostTried);
  const touch = (value: Value, group: Growing): void => {
    if (!lately(value).includes(group)) append(near, value, group);
  };

  for (const root of fusion.roots) {
    const stream = streamOf.get(root.value);
    const own = reads.get(root)!.filter((read) => read.identity);
    const candidates = new Set(own.flatMap(({ value }) => lately(value)));
    const plain = [...(stream === undefined ? candidates : [])]
      .toSorted((a, b) => b.last - a.last)
      .find((g) => g.rows === 0 && joins(root, g));
    const over =
      plain === undefined && stream === undefined
        ? [...new Set(groupsRead(root))]
            .toSorted((a, b) => b.last - a.last)
            .map((group) => ({ group, rows: rowsWith(root, group) }))
            .find(({ rows }) => rows > 0)
        : undefined;
    const found = plain ?? over?.group;
    const position = order.get(root)!;
    const group = found ?? stream ?? newGroup(null, position);
    if (group.roots.length === 0) groups.push(group);
    else
      notes.push(
        `merge ${nameOf(root.value)} with ${group.roots.map((r) => nameOf(r.value)).join(", ")}` +
          (over === undefined && stream === undefined ? "" : `: row by row`),
      );
    group.rows = over?.rows ?? group.rows;
    for (const other of groupsRead(root)) if (other !== group) group.reads.add(other);
    for (const reader of readBy.get(root) ?? []) reader.reads.add(group);
    group.roots.push(root);
    group.last = Math.max(group.last, position);
    groupOf.set(root, group);
    touch(root.value, group);
    for (const { value } of own) touch(value, group);
  }
  const readsOfRoot = (root: Root): readonly Read[] => reads.get(root)!;
  notes.push(...putBeside(groups, readsOfRoot));
  return { groups: inOrder(groups, readsOfRoot), notes };
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
