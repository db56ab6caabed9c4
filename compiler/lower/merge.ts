// Puts kernels over the same loops together: what one writes the next reads from a register, shared inputs are read once.

import type { Op, Value } from "../ir/graph.ts";
import { mostAfterProduct, nameOf, sameDomain } from "./fuse.ts";
import type { Fusion, Root } from "./fuse.ts";

/** Roots that become one kernel, in an order in which each reads only earlier ones. */
export type Group = { readonly roots: readonly Root[] };

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

export const merge = (fusion: Fusion): Grouping => {
  const reads = readsOf(fusion);
  const rootOf = new Map(fusion.roots.map((root) => [root.value, root]));
  const groupOf = new Map<Root, Root[]>();
  const groups: Root[][] = [];
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

  const groupsRead = (group: readonly Root[]): readonly Root[][] => [
    ...new Set(
      group.flatMap((root) =>
        reads.get(root)!.flatMap(({ value }) =>
          producersOf(value).flatMap((producer) => {
            const other = groupOf.get(producer);
            return other === undefined || other === group ? [] : [other];
          }),
        ),
      ),
    ),
  ];

  /** Whether `from` needs what `target` computes, through any number of groups. */
  const reaches = (from: readonly Root[][], target: readonly Root[]): boolean => {
    const seen = new Set<readonly Root[]>();
    const stack = [...from];
    for (let group = stack.pop(); group !== undefined; group = stack.pop()) {
      if (group === target) return true;
      if (seen.has(group)) continue;
      seen.add(group);
      stack.push(...groupsRead(group));
    }
    return false;
  };

  const joins = (root: Root, group: readonly Root[]): boolean => {
    const last = group[0]!;
    if (root.axes === null || last.axes === null) return false;
    if (root.reductions.length > 0 || !sameDomain(root.value, last.value)) return false;
    const own = reads.get(root)!;
    const inGroup = own.filter(({ value }) => group.some((member) => member.value === value));
    if (inGroup.some((read) => !read.identity)) return false;
    const reduces = group.some((member) => member.reductions.length > 0);
    const shares = own.some(({ value }) =>
      group.some((member) => reads.get(member)!.some((read) => read.value === value)),
    );
    if (inGroup.length === 0 && (reduces || !shares)) return false;
    const work = [root, ...group].reduce((n, member) => n + member.arithmetic, 0);
    if (reduces && (root.arithmetic > 2 || work > mostAfterProduct)) return false;
    const others = groupsRead([root]).filter((other) => other !== group);
    return !reaches(others, group);
  };

  for (const root of fusion.roots) {
    const candidates = groups.filter((group) => joins(root, group));
    const group = candidates.at(-1);
    if (group === undefined) {
      const own = [root];
      groups.push(own);
      groupOf.set(root, own);
      continue;
    }
    notes.push(`merge ${nameOf(root.value)} with ${group.map((r) => nameOf(r.value)).join(", ")}`);
    group.push(root);
    groupOf.set(root, group);
  }
  return { groups: inOrder(groups, groupsRead).map((roots) => ({ roots })), notes };
};

/** Groups so that each comes after those it reads; otherwise as they were. */
const inOrder = (
  groups: readonly Root[][],
  groupsRead: (group: readonly Root[]) => readonly Root[][],
): readonly (readonly Root[])[] => {
  const done = new Set<readonly Root[]>();
  const ordered: (readonly Root[])[] = [];
  const visit = (group: Root[]): void => {
    if (done.has(group)) return;
    done.add(group);
    groupsRead(group).forEach(visit);
    ordered.push(group);
  };
  groups.forEach(visit);
  return ordered;
};
