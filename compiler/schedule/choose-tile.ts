// Chooses how many iterations of which loops around a reduction are computed at a time, and what is copied for them.

import type { Expr } from "../kernel/expr.ts";
import type { Kernel, Stmt } from "../kernel/kernel.ts";
import { axesIn } from "../lower/access.ts";
import { axesKey } from "../lower/axes-key.ts";
import type { Bounds } from "../lower/bounds-in-launches.ts";
import { childrenOf, endsOf } from "../lower/intern.ts";
import { visitExprs } from "../lower/statements.ts";
import { choosePacks } from "./choose-pack.ts";
import type { Packing } from "./choose-pack.ts";
import { costOf, costWithRests, partsOf, writtenOut } from "./cost.ts";
import type { Lanes, Tile } from "./cost.ts";
import type { Nest, NestAxis } from "./nests.ts";
import { canSplit } from "./take-step.ts";
import type { Target } from "../costs/target.ts";

type Reduce = Extract<Expr, { kind: "reduce" }>;
type Store = Extract<Stmt, { kind: "store" }>;

const reductionsIn = (stores: readonly Store[]): readonly Reduce[] => {
  const found = new Set<Reduce>();
  const seen = new Set<Expr>();
  const visit = (expr: Expr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.kind === "reduce") found.add(expr);
    else childrenOf(expr).forEach(visit);
  };
  stores.forEach((s) => visit(s.value));
  return [...found];
};

/** Axes along which a load reads neighbours in memory. */
const lastAxes = (body: Expr): readonly string[] => {
  const inner = childrenOf(body).flatMap(lastAxes);
  const last = body.kind === "load" ? body.index.at(-1) : undefined;
  return last?.kind === "axis" ? [...inner, last.name] : inner;
};

/** Lanes, outer axis first, and what is packed for them. */
export type Chosen = {
  readonly lanes: readonly Lanes[];
  readonly copies: readonly Packing[];
  /** Whether loops over tiles come where the loops over their axes are; else within all others. */
  readonly inOrder: boolean;
};

const none: Chosen = { lanes: [], copies: [], inOrder: false };

/**
 * Of a nest. The cost of an element is Σ weight / lanes that share the operation, over the loads and operations of the
 * reduction, and what does not fit into registers (`cost.ts`); the lowest wins that is below the cost without lanes and
 * writes out no more operations than the target allows. Of sizes it hangs on what is left over after whole tiles, and on
 * whether there are so many rounds that a copy pays. No lanes where they do not pay.
 */
export const chooseTile = (kernel: Kernel, nest: Nest, target: Target, bounds: Bounds): Chosen => {
  const { axes, body } = nest;
  const stores = body.filter((s) => s.kind === "store");
  const plain = stores.length === body.length && stores.every((s) => s.accumulate === null);
  if (!plain || axes.some((a) => a.role !== "spatial")) return none;
  const reductions = reductionsIn(stores);
  // Elements that are neighbours in memory are still written one after the other.
  if (reductions.length === 0)
    return { lanes: dividingTogether(nest, stores, target), copies: [], inOrder: true };
  const loops = new Set(reductions.map(axesKey));
  if (loops.size !== 1 || reductions.some((r) => r.op === "argmax")) return none;
  const found = reductions.map((r) => partsOf(r.body, target.costs));
  if (found.includes(null)) return none;
  const parts = found.flatMap((list) => list ?? []);
  // Where the reduction does not vary, it is computed once before the loop.
  const { axes: over, where } = reductions[0]!;
  const ends = [...axes, ...over].flatMap((a) => endsOf(a.range));
  const bounding = axesIn(where === null ? ends : [...ends, where]);
  const varies = new Set([...bounding, ...parts.flatMap((p) => [...p.axes])]);
  if (axes.some((a) => !varies.has(a.name))) return none;
  // Lanes share their loops, so what another axis begins or ends at, and what a guard asks, is the same for all of them.
  const candidates = axes.filter((a) => !bounding.has(a.name)).map((a) => lanesOf(a, target));
  const choices = candidates.flatMap((counts, k) => [
    ...counts.map((inner) => [inner]),
    ...counts.flatMap((inner) =>
      candidates.slice(0, k).flatMap((outers) => outers.map((outer) => [outer, inner])),
    ),
  ]);
  const summed = { parts, sums: reductions.length };
  const alone = costOf(summed, none, target);
  const neighbours = new Set(reductions.flatMap((r) => lastAxes(r.body)));
  const sizes = new Map(axes.map((a) => [a.name, a.range === null ? bounds.most(a.extent) : null]));
  const costIn = (tile: Tile): number =>
    costWithRests(summed, tile, target, (name) => sizes.get(name) ?? null);
  const buffers = new Set(parts.flatMap(({ buffer }) => buffer ?? []));
  // What all loads would cost from copies; which copies there are is asked only where that is low enough.
  const hoped = choices
    .filter((lanes) => writtenOut(parts, lanes) <= target.operations)
    .map((lanes) => {
      const copies = lanes.flatMap(({ axis }) =>
        [...buffers].map((buffer) => ({ buffer, lanes: axis })),
      );
      return { lanes, least: costIn({ lanes, copies }), order: orderOf(axes, lanes) };
    })
    .toSorted((a, b) => a.least - b.least || a.order - b.order);
  let best = { ...none, cost: Infinity, order: Infinity };
  for (const { lanes, least, order } of hoped) {
    if (least > best.cost + equal) break;
    const copies = choosePacks(kernel, nest, lanes, target, bounds);
    const cost = costIn({ lanes, copies });
    // Without anything to share, neighbours in memory still fill a cache line.
    const pays = cost < alone || lanes.every((l) => neighbours.has(l.axis));
    const isBetter = cost < best.cost - equal || (cost < best.cost + equal && order < best.order);
    if (pays && isBetter) best = { lanes, copies, inOrder: false, cost, order };
  }
  return best;
};

/**
 * Lanes of a nest without sums: of an axis along which elements are divided by the same number again and again, which
 * changes in the innermost loop. Lanes divide by it once.
 */
const dividingTogether = (
  { axes }: Nest,
  stores: readonly Store[],
  target: Target,
): readonly Lanes[] => {
  const last = axes.at(-1)!;
  const found = axes.slice(0, -1).findLast(
    ({ name, range }) =>
      canSplit(range, target.lanes) &&
      divisionsIn(stores).some(([a, b]) => {
        const by = axesIn([b]);
        return axesIn([a]).has(name) && !by.has(name) && by.has(last.name);
      }),
  );
  return found === undefined ? [] : [{ axis: found.name, count: target.lanes }];
};

/** Of floats. */
const divisionsIn = (stores: readonly Store[]): readonly (readonly [Expr, Expr])[] => {
  const found: (readonly [Expr, Expr])[] = [];
  visitExprs(stores, (e) => {
    if (e.kind === "call" && e.fn === "div" && e.dtype === "f32")
      found.push([e.args[0]!, e.args[1]!]);
  });
  return found;
};

/** Most first. */
const lanesOf = ({ name, extent, range }: NestAxis, { lanes }: Target): readonly Lanes[] => {
  const most = typeof extent === "number" ? Math.min(lanes, extent) : lanes;
  return Array.from({ length: Math.max(0, most - 1) }, (_, k) => most - k)
    .filter((count) => canSplit(range, count))
    .map((count) => ({ axis: name, count }));
};

/** Sums of the same costs in another order differ by less. */
const equal = 1e-9;

/** Of equal choices: known sizes first, then the innermost axes, whose elements are neighbours, then the most lanes. */
const orderOf = (axes: readonly NestAxis[], lanes: readonly Lanes[]): number => {
  const places = lanes.map((l) => axes.findIndex((a) => a.name === l.axis));
  const symbolic = places.filter((k) => typeof axes[k]!.extent !== "number").length;
  const count = lanes.reduce((n, l) => n + l.count, 0);
  return symbolic * 100 - places.reduce((sum, k) => sum + k, 0) - lanes.length - count / 100;
};
