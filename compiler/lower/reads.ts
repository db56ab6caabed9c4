// What the kernels to be read of each other, and where: at their own position, or elsewhere.

import { equalDims } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { Expr } from "../kernel/expr.ts";
import { axesIn } from "./access.ts";
import { isSame } from "./elements.ts";
import { sameDomain } from "./fuse.ts";
import type { Fusion, Root } from "./fuse.ts";
import { longIndex, longShape } from "./long-axes.ts";

/** Axes are counted without those of size 1. */
export type Read = {
  readonly value: Value;
  /** Whether only element by element in the root's own loops. */
  readonly identity: boolean;
  /** On how many leading axes it is at the root's own position. */
  readonly rows: number;
  /** Axes of the root along which neighbours in memory lie, where not all are at its own position. */
  readonly along: ReadonlySet<number>;
};

/** The value that holds the words of an alias. */
export const baseOf = (value: Value, aliases: ReadonlyMap<Value, Value>): Value => {
  let base = value;
  for (let next = aliases.get(base); next !== undefined; next = aliases.get(base)) base = next;
  return base;
};

/** What every root reads. */
export const readsOf = (fusion: Fusion): ReadonlyMap<Root, readonly Read[]> => {
  const reads = new Map<Root, Map<Value, Read>>(fusion.roots.map((r) => [r, new Map()]));
  for (const [value, sites] of fusion.sites) {
    const base = baseOf(value, fusion.aliases);
    for (const { root, index } of sites) {
      const known = reads.get(root)!;
      const before = known.get(base) ?? { identity: true, rows: Infinity, along: new Set() };
      const direct = base === value && root.axes !== null;
      const own = direct ? rowsAt(root, value, index) : 0;
      const isOwn = direct && own === longShape(value).length;
      known.set(base, {
        value: base,
        identity: before.identity && isOwn && sameDomain(root.value, value),
        rows: Math.min(before.rows, own),
        along: new Set([...before.along, ...(isOwn ? [] : alongAt(root, value, index))]),
      });
    }
  }
  return new Map([...reads].map(([root, list]) => [root, [...list.values()]]));
};

/** On how many leading axes an index is at the root's own position. */
const rowsAt = (root: Root, value: Value, index: readonly Expr[]): number => {
  const [own, shape] = [longIndex(root.value, root.index), longShape(root.value)];
  const [at, extents] = [longIndex(value, index), longShape(value)];
  const other = at.findIndex(
    (e, k) => own[k] === undefined || !isSame(e, own[k]) || !equalDims(shape[k]!, extents[k]!),
  );
  return other < 0 ? at.length : other;
};

/** Axes of the root that the last axis of a value goes along. */
const alongAt = (root: Root, value: Value, index: readonly Expr[]): readonly number[] => {
  const last = longIndex(value, index).at(-1);
  const mentioned = axesIn(last === undefined ? [] : [last]);
  return longIndex(root.value, root.index).flatMap((e, k) =>
    e.kind === "axis" && mentioned.has(e.name) ? [k] : [],
  );
};
