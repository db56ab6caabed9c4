// Puts kernels over the same loops together: what one writes the next reads from a register, shared inputs are read once.

import type { Op, Value } from "../ir/graph.ts";
import { mostAfterProduct, nameOf, sameDomain } from "./fuse.ts";
import type { Fusion, Root } from "./fuse.ts";

/** Roots that become one kernel, in an order in which each reads only earlier ones. */
export type Group = { readonly roots: readonly Root[] };

/** Arithmetic ops of a kernel that only maps. */
const mostPerMap = 60;

export type Grouping = { readonly groups: readonly Group[]; readonly notes: readonly string[] };

/** The value that holds the words of an alias. */
export const baseOf = (value: Value, aliases: ReadonlyMap<Value, Value>): Value => {
  let base = value;
  for (let next = aliases.get(base); next !== undefined; next = aliases.get(base)) base = next;
  return base;
};

type Read = { readonly value: Value; readonly identity: boolean };

/** What every root reads, and whether only element by element in its own loops. */
const readsOf = (fusion: Fusion): ReadonlyMap<Root, readonly Read[]> => {
  const reads = new Map<Root, Map<Value, boolean>>(fusion.roots.map((r) => [r, new Map()]));
  for (const [value, sites] of fusion.sites) {
    const base = baseOf(value, fusion.aliases);
    for (const { root, index } of sites) {
      const known = reads.get(root)!;
      const own =
        base === value &&
        root.axes !== null &&
        sameDomain(root.value, value) &&
        index.every((e, k) => isSame(e, root.index[k]!));
      known.set(base, own && (known.get(base) ?? true));
    }
  }
  return new Map(
    [...reads].map(([root, list]) => [
      root,
      [...list].map(([value, identity]) => ({ value, identity })),
    ]),
  );
};

type Expr = Root["index"][number];

const isSame = (a: Expr, b: Expr): boolean => {
  if (a.kind === "axis" && b.kind === "axis") return a.name === b.name;
  return a.kind === "number" && b.kind === "number" && a.value === b.value;
};

/** A group while it grows. */
type Growing = {
  readonly roots: Root[];
  /** Groups whose values it reads. */
  readonly reads: Set<Growing>;
  /** Positions of its first and last root. */
  first: number;
  last: number;
};

export const merge = (fusion: Fusion): Grouping => {
  const reads = readsOf(fusion);
  const rootOf = new Map(fusion.roots.map((root) => [root.value, root]));
  const order = new Map(fusion.roots.map((root, position) => [root, position]));
  const groupOf = new Map<Root, Growing>();
  /** Groups that read a value element by element, or make it. */
  const near = new Map<Value, Set<Growing>>();
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

  const madeOf = (value: Value): readonly Growing[] =>
    producersOf(value).map((producer) => groupOf.get(producer)!);
  const groupsRead = (root: Root): readonly Growing[] =>
    reads.get(root)!.flatMap(({ value }) => madeOf(value));

  /** Whether one of `from` needs what `target` computes, through any number of groups. */
  const reaches = (from: readonly Growing[], target: Growing): boolean => {
    const seen = new Set<Growing>();
    const stack = [...from];
    for (let group = stack.pop(); group !== undefined; group = stack.pop()) {
      if (group === target) return true;
      if (seen.has(group) || group.last < target.first) continue;
      seen.add(group);
      stack.push(...group.reads);
    }
    return false;
  };

  const joins = (root: Root, group: Growing): boolean => {
    const member = group.roots[0]!;
    if (root.axes === null || member.axes === null) return false;
    if (root.reductions.length > 0 || !sameDomain(root.value, member.value)) return false;
    const inGroup = reads
      .get(root)!
      .filter(({ value }) => groupOf.get(rootOf.get(value)!) === group);
    if (inGroup.some((read) => !read.identity)) return false;
    // A scan between the two runs after the one and before the other.
    const behindScan = reads
      .get(root)!
      .some(({ value }) => !rootOf.has(value) && madeOf(value).includes(group));
    if (behindScan) return false;
    const reduces = group.roots.some((other) => other.reductions.length > 0);
    if (inGroup.length === 0 && reduces) return false;
    const work = [root, ...group.roots].reduce((n, other) => n + other.arithmetic, 0);
    if (reduces ? root.arithmetic > 2 || work > mostAfterProduct : work > mostPerMap) return false;
    return !reaches(
      groupsRead(root).filter((other) => other !== group),
      group,
    );
  };

  const touch = (value: Value, group: Growing): void => {
    near.set(value, (near.get(value) ?? new Set()).add(group));
  };

  for (const root of fusion.roots) {
    const own = reads.get(root)!.filter((read) => read.identity);
    const candidates = new Set(own.flatMap(({ value }) => [...(near.get(value) ?? [])]));
    const found = [...candidates].toSorted((a, b) => b.last - a.last).find((g) => joins(root, g));
    const position = order.get(root)!;
    const group = found ?? { roots: [], reads: new Set(), first: position, last: position };
    if (found === undefined) groups.push(group);
    else
      notes.push(
        `merge ${nameOf(root.value)} with ${group.roots.map((r) => nameOf(r.value)).join(", ")}`,
      );
    for (const other of groupsRead(root)) if (other !== group) group.reads.add(other);
    group.roots.push(root);
    group.last = position;
    groupOf.set(root, group);
    touch(root.value, group);
    for (const { value } of own) touch(value, group);
  }
  return { groups: inOrder(groups), notes };
};

/** Groups so that each comes after those it reads; otherwise as they were. */
const inOrder = (groups: readonly Growing[]): readonly Group[] => {
  const done = new Set<Growing>();
  const ordered: Group[] = [];
  // A stack, not recursion: networks are hundreds of groups deep.
  const stack = groups.toReversed().map((group) => ({ group, open: true }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { group, open } = next;
    if (!open) ordered.push({ roots: group.roots });
    if (!open || done.has(group)) continue;
    done.add(group);
    stack.push({ group, open: false });
    for (const other of group.reads) if (!done.has(other)) stack.push({ group: other, open: true });
  }
  return ordered;
};
