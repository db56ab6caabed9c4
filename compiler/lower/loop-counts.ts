// How often what stands in the loops of kernels is computed, by the axes that it depends on.

import type { Dim } from "../ir/dim.ts";
import type { Expr } from "../kernel/expr.ts";
import { axesIn } from "./access.ts";
import type { Root } from "./fuse.ts";
import { isProduct } from "./group.ts";

export type Times = (axes: ReadonlySet<string>) => number;

export type LoopCounts = {
  readonly add: (name: string, extent: Dim, outer: ReadonlySet<string>) => void;
  /** Loops that run around the use of these axes. */
  readonly around: (axes: ReadonlySet<string>) => ReadonlySet<string>;
  /** How often what depends on these axes changes. */
  readonly times: Times;
  /** How often an element is computed when it is computed where it is read. */
  readonly evaluations: (index: readonly Expr[]) => number;
  /** As `times`, in the kernel of a root: a product makes its results in tiles. */
  readonly timesIn: (root: Root) => Times;
  /** Elements of a shape. */
  readonly words: (shape: readonly Dim[]) => number;
};

/** `lanes`: results that a product makes at once along each of two axes, sharing what does not depend on that axis. */
export const createLoopCounts = (estimate: (dim: Dim) => number, lanes: number): LoopCounts => {
  const extents = new Map<string, number>();
  const outside = new Map<string, ReadonlySet<string>>();
  const extentOf = (name: string): number => extents.get(name) ?? 1;
  const around = (axes: ReadonlySet<string>): ReadonlySet<string> =>
    new Set([...axes].flatMap((name) => [...(outside.get(name) ?? []), name]));
  const times: Times = (axes) => [...around(axes)].reduce((n, name) => n * extentOf(name), 1);
  const inTiles = (root: Root, axes: ReadonlySet<string>): number => {
    const loops = around(axes);
    const shared = (root.axes ?? [])
      .filter((name) => loops.has(name) && !axes.has(name))
      .map((name) => Math.min(lanes, extentOf(name)))
      .toSorted((a, b) => b - a);
    const [first = 1, second = 1] = shared;
    return times(axes) / (first * second);
  };
  return {
    add: (name, extent, outer) => {
      extents.set(name, estimate(extent));
      outside.set(name, outer);
    },
    around,
    times,
    evaluations: (index) => times(axesIn(index)),
    timesIn: (root) => (isProduct(root) ? (axes) => inTiles(root, axes) : times),
    words: (shape) => shape.reduce<number>((n, dim) => n * estimate(dim), 1),
  };
};
