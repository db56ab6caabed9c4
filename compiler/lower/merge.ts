// Puts kernels over the same loops together: what one writes the next reads from a register, shared inputs are read once.

import { largestKernel, search } from "../costs/limits.ts";
import type { Costs } from "../costs/target.ts";
import { estimateDim } from "../ir/estimate.ts";
import type { Op, Value } from "../ir/graph.ts";
import { append } from "../ir/list-map.ts";
import { equalShapes } from "../ir/type.ts";
import { putBeside } from "./beside.ts";
import { isColumnSum, sumsTheSame } from "./column-sums.ts";
import { sameDomain } from "./fuse.ts";
import type { Root } from "./fuse.ts";
import { inBetween, inOrder, namesOf, reaches, tooMuch } from "./group.ts";
import type { Group, Growing } from "./group.ts";
import { longShape } from "./long-axes.ts";
import { groupsOfStreams, newGroup } from "./new-group.ts";
import { placePieces } from "./place-pieces.ts";
import { baseOf, readsOf } from "./reads.ts";
import type { Read } from "./reads.ts";
import { createSaved } from "./saved.ts";
import type { Stream } from "./streams/stream.ts";
import type { KernelContext } from "./to-kernels.ts";
import { uniteMaps } from "./unite.ts";
import { nameOf } from "./value-name.ts";

export type Grouping = { readonly groups: readonly Group[]; readonly notes: readonly string[] };

/** The number of axes of rows with which a root may join a group, 0 for none, or why it may not. */
type Test = (root: Root, group: Growing) => number | string;
type Joined = { readonly group: Growing; readonly rows: number };

/** What a kernel over rows may sum up. */
const rowReductions: ReadonlySet<string> = new Set(["reduceSum", "reduceMax", "reduceProd"]);

const isLarge = ({ name }: Op): boolean => !rowReductions.has(name);
const rankOf = ({ value }: Root): number => longShape(value).length;
const sameRows = (a: Value, b: Value, rows: number): boolean =>
  equalShapes(longShape(a).slice(0, rows), longShape(b).slice(0, rows));

export const merge = (
  context: KernelContext,
  costs: Costs,
  streams: readonly Stream[] = [],
): Grouping => {
  const { fusion, graph } = context;
  const reads = readsOf(fusion);
  const readsOfRoot = (root: Root): readonly Read[] => reads.get(root)!;
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

  /** 0, or why a root does not run in the loops of a group. */
  const inLoopsOf: Test = (root, group) => {
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
    const [own, most] = reduces
      ? [largestKernel.tileByRoot, largestKernel.tile]
      : [Infinity, largestKernel.map];
    if (root.arithmetic > own)
      return `${root.arithmetic} operations for each result are more than ${own}`;
    return tooMuch([root, ...group.roots], most) ?? 0;
  };

  /** Whether its sums do not go along memory while the rows are gone through. */
  const jumps = (root: Root, rows: number): boolean =>
    reads.get(root)!.some(({ along }) => [...along].some((axis) => axis < rows));
  /** The number of axes of rows that a root and a group have in common, or why there is none. */
  const rowsWith: Test = (root, group) => {
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
    return tooMuch(all, largestKernel.rows) ?? rows;
  };

  const saved = createSaved(readsOfRoot, costs, estimateDim(graph.sizes));
  /** Sums along outer axes by what they read; those over the same elements share their loops. */
  const sums = new Map<Value, Growing>();
  const sumsNear = (root: Root): readonly Growing[] =>
    isColumnSum(root, reads.get(root)!)
      ? reads.get(root)!.flatMap(({ value }) => sums.get(value) ?? [])
      : [];
  const asSums: Test = (root, group) => {
    if (!group.roots.every((other) => sumsTheSame(other, root)))
      return "they sum over different elements";
    if (readsIn(root, group).length > 0) return "the one is made of the other";
    return tooMuch([root, ...group.roots], largestKernel.sums) ?? 0;
  };

  const lately = (value: Value): readonly Growing[] =>
    (near.get(value) ?? []).slice(-search.groups);
  const touch = (value: Value, group: Growing): void => {
    if (!lately(value).includes(group)) append(near, value, group);
  };

  /** The latest group that a root may join: in its loops, else row by row, else as sums. A line for each that it may not. */
  const choose = (root: Root, own: readonly Read[]): Joined | null => {
    const refused = new Map<Growing, string>();
    const find = (groups: readonly Growing[], test: Test): Joined | null => {
      for (const group of [...new Set(groups)].toSorted((a, b) => b.last - a.last)) {
        const found = test(root, group);
        const rows = typeof found === "number" && isBetween(root, group) ? inBetween : found;
        if (typeof rows === "number") return { group, rows };
        if (!refused.has(group)) refused.set(group, rows);
      }
      return null;
    };
    const near = own.flatMap(({ value }) => lately(value)).filter(({ rows }) => rows === 0);
    const joined =
      find(near, inLoopsOf) ?? find(groupsRead(root), rowsWith) ?? find(sumsNear(root), asSums);
    for (const [group, why] of refused)
      if (group !== joined?.group)
        notes.push(
          `merge ${nameOf(root.value)} with ${namesOf(group)}: no, ${why} (would save ${saved([root], group)})`,
        );
    return joined;
  };

  for (const root of fusion.roots) {
    const stream = streamOf.get(root.value);
    const own = reads.get(root)!.filter((read) => read.identity);
    const joined = stream === undefined ? choose(root, own) : null;
    const position = order.get(root)!;
    const group = joined?.group ?? stream ?? newGroup(null, position);
    const rows = joined?.rows ?? 0;
    if (group.roots.length === 0) groups.push(group);
    else {
      const how = rows === 0 && stream === undefined ? "" : "row by row, ";
      notes.push(
        `merge ${nameOf(root.value)} with ${namesOf(group)}: ${how}saves ${saved([root], group)}`,
      );
    }
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
  const known = { readsOf: readsOfRoot, rootOf, groupOf, madeOf, order, saved };
  notes.push(...uniteMaps(groups, known));
  notes.push(...placePieces(groups, context, known));
  notes.push(...putBeside(groups, readsOfRoot, saved));
  return { groups: inOrder(groups, readsOfRoot), notes };
};
