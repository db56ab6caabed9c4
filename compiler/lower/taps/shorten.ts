// The axes of sums without the positions at which every element is 0.

import type { Dim } from "../../ir/dim.ts";
import { bool, int, size } from "../../kernel/build.ts";
import { atLeast, atMost } from "../../kernel/clamp.ts";
import type { AxisRange, Expr, ReduceAxis } from "../../kernel/expr.ts";
import { createFreeAxes } from "../access.ts";
import type { Interner } from "../intern.ts";
import { createRebuild } from "../rebuild.ts";
import { everyNth } from "./every-nth.ts";
import { createNonzero } from "./nonzero.ts";
import { createSolver } from "./positions.ts";
import type { End } from "./positions.ts";

export type Sum = Extract<Expr, { kind: "reduce" }>;

/** Other axes, and what an element over the old ones is over those. */
export type Shorter = { readonly axes: readonly ReduceAxis[]; readonly at: (expr: Expr) => Expr };

type ShorterAxis = {
  readonly axis: ReduceAxis;
  readonly at: (expr: Expr) => Expr;
  /** Conditions that always hold then. */
  readonly used: readonly Expr[];
};

/** `extents`: of all axes, to which new ones are added. */
export const createShorten = (
  interner: Interner,
  extents: Map<string, Dim>,
  fresh: (hint: string) => string,
): ((sums: readonly Sum[]) => Shorter | null) => {
  const nonzero = createNonzero();
  const solver = createSolver(interner);
  const freeAxes = createFreeAxes();

  const shortenAxis = (axis: ReduceAxis, conditions: readonly Expr[]): ShorterAxis => {
    const taps = conditions
      .map((condition) => ({ condition, every: solver.every(condition, axis.name) }))
      .find(({ every }) => every !== null);
    const {
      axis: own,
      at,
      to,
    } = taps === undefined
      ? { axis, at: (e: Expr): Expr => e, to: [] }
      : everyNth(axis, taps.every!, fresh(axis.name), interner);
    extents.set(own.name, own.extent);
    const ends = conditions.map((c) => solver.end(interner.intern(at(c)), own.name));
    const range = within(own.extent, [...ends, ...to.map((end) => ({ from: null, to: end }))]);
    const used = conditions.filter((c, k) => c === taps?.condition || ends[k] !== null);
    return { axis: { ...own, range: axis.range ?? range }, at, used };
  };

  /** As few of the ends as are not proved to be beside the others. */
  const within = (extent: Dim, ends: readonly (End | null)[]): AxisRange | null => {
    const larger = (a: Expr, b: Expr): Expr =>
      atLeast(a, b, extents) === a ? a : atLeast(b, a, extents);
    const smaller = (a: Expr, b: Expr): Expr =>
      atMost(a, b, extents) === a ? a : atMost(b, a, extents);
    const [first, last] = [int(0), size(extent)];
    const from = ends.flatMap((end) => end?.from ?? []).reduce(larger, first);
    const to = ends.flatMap((end) => end?.to ?? []).reduce(smaller, last);
    return from === first && to === last ? null : { from, to };
  };
  return (sums) => {
    const { axes } = sums[0]!;
    const own = new Set(axes.map((a) => a.name));
    const [first, ...others] = sums.map((s) => nonzero(s.body));
    const conditions = [...first!].filter((c) => others.every((set) => set.has(c)));
    const ofAxis = (name: string): readonly Expr[] =>
      conditions.filter((c) => [...freeAxes(c)].filter((a) => own.has(a)).join() === name);
    const made = axes.map((axis) =>
      shortenAxis(axis, axis.range === null ? ofAxis(axis.name) : []),
    );
    const used = new Set(made.flatMap((one) => one.used));
    if (used.size === 0) return null;
    const held = createRebuild((e) => (used.has(e) ? bool(true) : null));
    const isOne = ({ extent, range }: ReduceAxis): boolean => extent === 1 && range === null;
    const only = new Set(made.flatMap(({ axis }) => (isOne(axis) ? [axis.name] : [])));
    const atFirst = createRebuild((e) => (e.kind === "axis" && only.has(e.name) ? int(0) : null));
    return {
      axes: made.map(({ axis }) => axis).filter((axis) => !isOne(axis)),
      at: (e) => atFirst(made.reduce((body, { at }) => at(body), held(e))),
    };
  };
};
