// Chooses which operands of a product are copied into the order in which they are read.

import type { Dim } from "../ir/dim.ts";
import { floorDiv, product } from "../ir/dim.ts";
import { addI, axis, int, mulI } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { isWithin } from "../kernel/is-within.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { axesIn, isIndex } from "../lower/access.ts";
import { createRebuild } from "../lower/rebuild.ts";
import { extentsOf, visitExprs } from "../lower/statements.ts";
import type { Bounds } from "../lower/bounds-in-launches.ts";
import type { Lanes } from "./cost.ts";
import { copiedPart } from "./copied-part.ts";
import type { Nest } from "./nests.ts";
import { leastWork } from "../costs/limits.ts";
import type { Target } from "../costs/target.ts";

export type Packing = {
  readonly buffer: string;
  /** The axis whose lanes the copy holds side by side. */
  readonly lanes: string;
  /** Other axes of the nest that it depends on. */
  readonly outside: ReadonlySet<string>;
  /** All of it is copied, before the loops that not both operands depend on; else what one tile of the lanes reads. */
  readonly whole: boolean;
};

type Load = Extract<Expr, { kind: "load" }>;
type Reduce = Extract<Expr, { kind: "reduce" }>;

/**
 * With lanes on two axes each operand of a product depends on one of them and is read again in the tiles of the other.
 * The smaller one is copied whole, if it is not too large for that; of the other one what a tile reads, again for each
 * tile. Where only one copy is made it is of the operand whose neighbours in the order of the sum are not neighbours in
 * memory, or of the one that is read most often.
 */
export const choosePacks = (
  kernel: Kernel,
  nest: Nest,
  lanes: readonly Lanes[],
  target: Target,
  bounds: Bounds,
): readonly Packing[] => {
  const candidates = candidatesOf(kernel, nest, lanes, target, bounds);
  const [best] = candidates.toSorted(
    (a, b) => Number(a.inOrder) - Number(b.inOrder) || b.reads - a.reads,
  );
  if (best === undefined) return [];
  const [small, large, more] = candidates
    .map((one) => ({ one, words: wordsBeside(one, candidates) }))
    .toSorted((a, b) => a.words - b.words);
  if (large === undefined || more !== undefined || small!.words > target.copy)
    return [packingOf(best, false)];
  return [packingOf(small!.one, true), packingOf(large.one, false)];
};

/** Of all that the loops it does not share with another operand read. */
const wordsBeside = (one: Candidate, all: readonly Candidate[]): number =>
  [...one.counts].reduce(
    (words, [name, count]) =>
      all.every((other) => other.counts.has(name)) ? words : words * count,
    one.words,
  );

type Candidate = Omit<Packing, "whole"> & {
  /** How often each word of it is read. */
  readonly reads: number;
  readonly inOrder: boolean;
  /** Of a copy of what all tiles of its lanes read. */
  readonly words: number;
  /** Iterations of the other axes that it depends on. */
  readonly counts: ReadonlyMap<string, number>;
};

const packingOf = ({ buffer, lanes, outside }: Candidate, whole: boolean): Packing => ({
  buffer,
  lanes,
  outside,
  whole,
});

const candidatesOf = (
  kernel: Kernel,
  { axes, body }: Nest,
  lanes: readonly Lanes[],
  target: Target,
  bounds: Bounds,
): readonly Candidate[] => {
  if (lanes.length !== 2 || axes.some((a) => a.range !== null)) return [];
  const reduces: Reduce[] = [];
  const loads: Load[] = [];
  visitExprs(body, (e) => {
    if (e.kind === "reduce") reduces.push(e);
    if (e.kind === "load") loads.push(e);
  });
  const [first] = reduces;
  if (first === undefined || first.where !== null) return [];
  const extents = extentsOf(kernel.body);
  const length = bounds.most(product(first.axes.map((a) => a.extent)));
  if (length === null || length < leastWork.length) return [];
  const extentOf = (name: string): Dim => axes.find((a) => a.name === name)!.extent;
  const countOf = (name: string): number => bounds.most(extentOf(name)) ?? Infinity;
  const lanesOf = (name: string): number => lanes.find((l) => l.axis === name)?.count ?? 1;
  const tiles = (name: string, count: number): number =>
    Math.max(1, Math.floor(count / lanesOf(name)));
  const times = (names: readonly string[]): number =>
    names.reduce((n, name) => n * tiles(name, bounds.fewest(extentOf(name)) ?? Infinity), 1);
  const summed = reduces.map((r) => axesIn([r.body]));
  const shapes = new Map(kernel.params.map(({ name, shape }) => [name, shape]));
  const factors = loads.filter((l) => reduces.every((r) => isFactor(r.body, l)));
  const found = factors.flatMap((load): readonly Candidate[] => {
    const { buffer, dtype } = load;
    const shape = shapes.get(buffer);
    if (shape === undefined || dtype !== "f32") return [];
    const anywhere = axesIn([load]);
    if (first.axes.some((a) => !anywhere.has(a.name))) return [];
    const part = copiedPart(load.index, shape, first.axes, extents);
    const mentioned = axesIn(part.index);
    const own = bounds.most(product(part.over.map((a) => a.extent)));
    if (own === null) return [];
    const tiled = lanes.filter((l) => mentioned.has(l.axis)).map((l) => l.axis);
    const [lane] = tiled;
    if (lane === undefined || tiled.length > 1 || tiles(lane, countOf(lane)) < 2) return [];
    if (own * lanesOf(lane) > target.panel) return [];
    // Whatever a copy is made of is read, so it is known to be there: in tiles too.
    const isThere = isWithinTiles(lanes, extents);
    if (!part.index.every((e, k) => part.positions.has(String(k)) || isThere(e, shape[k]!)))
      return [];
    const others = axes.flatMap(({ name }) => (mentioned.has(name) ? [] : [name]));
    const reads = times(others);
    if (reads < leastWork.reads || others.some((name) => summed.some((s) => !s.has(name))))
      return [];
    const outside = axes.flatMap(({ name }) =>
      mentioned.has(name) && name !== lane ? [name] : [],
    );
    const last = load.index.at(-1);
    return [
      {
        buffer,
        lanes: lane,
        outside: new Set(outside),
        reads,
        inOrder: last?.kind === "axis" && first.axes.at(-1)!.name === last.name,
        words: tiles(lane, countOf(lane)) * lanesOf(lane) * own,
        counts: new Map(outside.map((name) => [name, countOf(name)])),
      },
    ];
  });
  // A copy is told by its buffer and lanes: of one that is read at two places of the same lanes none is made.
  const isAlike = (a: Candidate, b: Candidate): boolean =>
    a.buffer === b.buffer && a.lanes === b.lanes;
  return found.filter((one) => found.every((other) => other === one || !isAlike(one, other)));
};

/** Whether an index lies in its axis where the loops that have lanes run over tiles. */
const isWithinTiles = (
  lanes: readonly Lanes[],
  extents: ReadonlyMap<string, Dim>,
): ((index: Expr, extent: Dim) => boolean) => {
  const outerOf = (name: string): string => `tiles of ${name}`;
  const tiled = createRebuild((e) => {
    const own = e.kind === "axis" ? lanes.find((l) => l.axis === e.name) : undefined;
    return own === undefined
      ? null
      : addI(mulI(axis(outerOf(own.axis)), int(own.count)), axis(own.axis));
  });
  const within = new Map([
    ...extents,
    ...lanes.flatMap(({ axis: name, count }): readonly (readonly [string, Dim])[] => [
      [outerOf(name), floorDiv(extents.get(name)!, count)],
      [name, count],
    ]),
  ]);
  return (index, extent) => isWithin(tiled(index), extent, within);
};

/** Whether a load at positions alone is part of each element of a sum, whatever else is. */
const isFactor = (body: Expr, load: Load): boolean => {
  if (body === load) return load.index.every(isIndex);
  return body.kind === "call" && body.fn !== "select" && body.args.some((a) => isFactor(a, load));
};
