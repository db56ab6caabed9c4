// What one invocation does of a launch, as a number: words that it loads, by how these lie for its neighbours, and operations.

import type { Dim } from "../../ir/dim.ts";
import { affineOf } from "../../kernel/affine.ts";
import { buffersOf, rowsIn } from "../../kernel/buffers.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { axesIn, createFreeAxes } from "../../lower/access.ts";
import { visitExprs } from "../../lower/statements.ts";
import type { GridAxis } from "./grid.ts";
import { countOf } from "./long-sums.ts";
import { estimate, figures } from "./tiles.ts";

type Load = Extract<Expr, { kind: "load" }>;

/** Axes that an invocation runs over together: all of them, or every so many of their elements. */
export type Group = { readonly axes: readonly GridAxis[]; readonly lanes: number };

/** The axis along which neighbours are one element apart, and how many of them there are; null where all do the same. */
export type Neighbours = { readonly axis: string; readonly count: number } | null;

export type Worker = {
  readonly groups: readonly Group[];
  /** `groups`: those that an expression depends on. */
  readonly neighboursOf: (groups: readonly Group[]) => Neighbours;
};

/** What expressions cost that take a polynomial, in operations. */
const costly: ReadonlySet<string> = new Set(
  "exp expm1 log log1p sin cos atan erf tanh sigmoid pow uniform normal".split(" "),
);

/** Of all statements, each expression as often as the axes that it depends on have elements. */
export const costOfWork = (
  kernel: Kernel,
  stmts: readonly Stmt[],
  { groups, neighboursOf }: Worker,
): number => {
  const shapes = new Map(buffersOf(kernel).map(({ name, shape }) => [name, shape]));
  const rows = new Set(rowsIn(kernel.body).map(({ name }) => name));
  const loadOf = (load: Load, found: readonly Group[]): number =>
    rows.has(load.buffer)
      ? figures.shared
      : loadCost(load, shapes.get(load.buffer)!, neighboursOf(found));
  const freeAxes = createFreeAxes();
  const groupOf = new Map(
    groups.flatMap((group) => group.axes.map(({ name }) => [name, group] as const)),
  );
  const groupsOf = (names: Iterable<string>): readonly Group[] => [
    ...new Set([...names].flatMap((name) => groupOf.get(name) ?? [])),
  ];
  const timesOf = (found: readonly Group[]): number =>
    found.reduce((n, { axes, lanes }) => n * Math.ceil(countOf(axes) / lanes), 1);
  let cost = 0;
  visitExprs(stmts, (e) => {
    if (e.kind !== "call" && e.kind !== "load" && e.kind !== "reduce") return;
    const inside = e.kind === "reduce" ? e.axes.map(({ name }) => name) : [];
    const found = groupsOf([...freeAxes(e), ...inside]);
    const own =
      e.kind === "load"
        ? loadOf(e, found)
        : e.kind === "call" && costly.has(e.fn)
          ? figures.function
          : 1;
    cost += own * timesOf(found);
  });
  const stores = (list: readonly Stmt[], around: readonly string[]): void => {
    for (const s of list) {
      if (s.kind === "store") cost += figures.store * timesOf(groupsOf(around));
      if (s.kind === "if") stores(s.body, around);
      if (s.kind === "for") stores(s.body, [...around, s.axis]);
    }
  };
  stores(stmts, []);
  return cost;
};

const loadCost = (load: Load, shape: readonly Dim[], neighbours: Neighbours): number => {
  if (neighbours === null || !axesIn([load]).has(neighbours.axis)) return figures.shared;
  const last = load.index.filter((_, at) => shape[at] !== 1).at(-1);
  const before = load.index.filter((e) => e !== last);
  const isBeside =
    last !== undefined &&
    affineOf(last)?.coefficients.get(neighbours.axis) === 1 &&
    !axesIn(before).has(neighbours.axis);
  return isBeside
    ? figures.load * Math.max(1, figures.beside / neighbours.count)
    : figures.load * figures.beside;
};

/** Elements of a grid. */
export const elementsIn = (grid: readonly GridAxis[]): number =>
  grid.reduce((n, { extent }) => n * estimate(extent), 1);
