// What one invocation does of a launch, as a number: words that it loads, by how these lie for its neighbours, and operations.

import { ceilDiv } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { affineOf } from "../../kernel/affine.ts";
import { subI } from "../../kernel/build.ts";
import type { AxisRange, Expr, ReduceAxis, ScalarFn } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { axesIn, createFreeAxes } from "../../lower/access.ts";
import { extentsOf, visitExprs } from "../../lower/statements.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { countOf } from "./long-sums.ts";
import type { Figures } from "../../../runtime/webgpu/figures.ts";
import { estimate } from "./tiles.ts";

/** Axes that an invocation runs over together: all of them, or every so many of their elements. */
export type Group = { readonly axes: readonly GridAxis[]; readonly lanes: number };

/** The axis along which neighbours are one element apart, and how many of them there are; null where all do the same. */
export type Neighbours = { readonly axis: string; readonly count: number } | null;

export type Worker = {
  readonly groups: readonly Group[];
  /** `groups`: those that an expression depends on. */
  readonly neighboursOf: (groups: readonly Group[]) => Neighbours;
};

/** What is done as often as some axes have elements. */
type Part = {
  readonly axes: readonly string[];
  /** Operations and stores, by what they cost. */
  readonly cost: number;
  /** Words that are loaded, by the axes along which they lie apart, and those along which they lie side by side. */
  readonly loads: readonly {
    readonly apart: ReadonlySet<string>;
    readonly beside: ReadonlySet<string>;
  }[];
};

export type Work = readonly Part[];

/** What expressions cost that take a polynomial, in operations. */
const costly: ReadonlySet<ScalarFn> = new Set<ScalarFn>([
  "exp",
  "expm1",
  "log",
  "log1p",
  "sin",
  "cos",
  "atan",
  "erf",
  "tanh",
  "sigmoid",
  "pow",
  "uniform",
  "normal",
]);

type Load = Extract<Expr, { kind: "load" }>;

/** Each expression counts as often as the axes that it depends on have elements. */
export const workOf = (kernel: Kernel, stmts: readonly Stmt[], figures: Figures): Work => {
  const shapes = new Map([...kernel.params, ...kernel.results].map((b) => [b.name, b.shape]));
  const freeAxes = createFreeAxes();
  const parts = new Map<
    string,
    { axes: readonly string[]; cost: number; loads: Part["loads"][number][] }
  >();
  const partOf = (names: Iterable<string>) => {
    const axes = [...new Set(names)].toSorted();
    const key = axes.join();
    const part = parts.get(key) ?? { axes, cost: 0, loads: [] };
    parts.set(key, part);
    return part;
  };
  visitExprs(stmts, (e) => {
    if (e.kind !== "call" && e.kind !== "load" && e.kind !== "reduce") return;
    const inside = e.kind === "reduce" ? e.axes.map(({ name }) => name) : [];
    const part = partOf([...freeAxes(e), ...inside]);
    const shape = e.kind === "load" ? shapes.get(e.buffer) : undefined;
    if (e.kind === "load" && shape !== undefined) part.loads.push(lieOf(e, shape));
    else if (e.kind === "load") part.cost += figures.shared;
    else part.cost += e.kind === "call" && costly.has(e.fn) ? figures.function : 1;
  });
  const stores = (list: readonly Stmt[], around: readonly string[]): void => {
    for (const s of list) {
      if (s.kind === "store") partOf(around).cost += figures.store;
      if (s.kind === "if") stores(s.body, around);
      if (s.kind === "for") stores(s.body, [...around, s.axis]);
    }
  };
  stores(stmts, []);
  return [...parts.values()];
};

const lieOf = (load: Load, shape: readonly Dim[]): Part["loads"][number] => {
  const last = load.index.filter((_, at) => shape[at] !== 1).at(-1);
  const before = axesIn(load.index.filter((e) => e !== last));
  const steps = last === undefined ? null : affineOf(last);
  const isBeside = (name: string): boolean =>
    steps?.coefficients.get(name) === 1 && !before.has(name);
  const all = [...axesIn(load.index)];
  return {
    apart: new Set(all.filter((name) => !isBeside(name))),
    beside: new Set(all.filter(isBeside)),
  };
};

export const costOfWork = (
  work: Work,
  { groups, neighboursOf }: Worker,
  figures: Figures,
): number => {
  const groupOf = new Map(
    groups.flatMap((group) => group.axes.map(({ name }) => [name, group] as const)),
  );
  const times = new Map(
    groups.map((group) => [group, Math.ceil(countOf(group.axes) / group.lanes)] as const),
  );
  return work.reduce((sum, { axes, cost, loads }) => {
    const found = [...new Set(axes.flatMap((name) => groupOf.get(name) ?? []))];
    const neighbours = neighboursOf(found);
    const words = loads.reduce((n, load) => n + loadCost(load, neighbours, figures), 0);
    return sum + (cost + words) * found.reduce((n, group) => n * times.get(group)!, 1);
  }, 0);
};

const loadCost = (
  { apart, beside }: Part["loads"][number],
  neighbours: Neighbours,
  figures: Figures,
): number => {
  if (neighbours !== null && beside.has(neighbours.axis))
    return figures.load * Math.max(1, figures.beside / neighbours.count);
  return neighbours !== null && apart.has(neighbours.axis)
    ? figures.load * figures.beside
    : figures.shared;
};

/**
 * Extents of all axes. Lists that end where the next begins have no more elements together than there are: along one of them
 * it is what they have on average.
 */
export const roundsIn = (
  stmts: readonly Stmt[],
  grid: readonly GridAxis[],
): ReadonlyMap<string, Dim> => {
  const found = extentsOf(stmts);
  const extents = new Map([...found, ...grid.map(({ name, extent }) => [name, extent] as const)]);
  const note = ({ name, extent, range }: ReduceAxis): void => {
    const lists = range === null ? null : listsOver(range);
    const count = lists === null ? undefined : extents.get(lists);
    if (typeof count === "number" && count > 0) found.set(name, ceilDiv(extent, count));
  };
  visitExprs(stmts, (e) => {
    if (e.kind === "reduce") e.axes.forEach(note);
  });
  return found;
};

/** The axis that counts lists, where these are the ends of one. */
const listsOver = ({ from, to }: AxisRange): string | null => {
  if (from.kind !== "load" || to.kind !== "load" || from.buffer !== to.buffer) return null;
  const [[first], [next]] = [from.index, to.index];
  if (first?.kind !== "axis" || from.index.length !== 1) return null;
  const step = next === undefined ? null : affineOf(subI(next, first));
  return step?.coefficients.size === 0 && step.constant === 1 ? first.name : null;
};

/** Elements of a grid. */
export const elementsIn = (grid: readonly GridAxis[]): number =>
  grid.reduce((n, { extent }) => n * estimate(extent), 1);
