// Chooses which two loops of a reduction are computed four at a time, so that what is loaded once is used often.

import type { Dim } from "../../ir/dim.ts";
import type { Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import { axesIn } from "../../lower/access.ts";
import { childrenOf, endsOf } from "../../lower/intern.ts";
import { axesKey } from "./axes-key.ts";

export type TileAxis = ReduceAxis & { readonly width: number };
export type Store = Extract<Stmt, { kind: "store" }>;

/** Loops without anything between them, and the stores inside. */
export type Nest = { readonly axes: readonly ReduceAxis[]; readonly stores: readonly Store[] };

type Reduce = Extract<Expr, { kind: "reduce" }>;

/** A perfect nest of independent loops, or null. */
export const nestOf = (stmt: Stmt): Nest | null => {
  const axes: ReduceAxis[] = [];
  let body: readonly Stmt[] = [stmt];
  for (let only = body[0]!; body.length === 1 && only.kind === "for"; only = body[0]!) {
    if (only.role !== "spatial") return null;
    axes.push({ name: only.axis, extent: only.extent, range: only.range });
    body = only.body;
  }
  const stores = body.filter((s) => s.kind === "store");
  const plain = stores.length === body.length && stores.every((s) => s.accumulate === null);
  return plain && axes.length > 0 ? { axes, stores } : null;
};

const heavy: ReadonlySet<string> = new Set(
  "exp expm1 log log1p sin cos atan erf tanh sigmoid pow uniform normal".split(" "),
);

const weightOf = (expr: Expr): number => {
  if (expr.kind === "load") return 3;
  if (expr.kind !== "call") return 0;
  return heavy.has(expr.fn) ? 15 : expr.fn === "select" ? 2 : 1;
};

type Part = { readonly weight: number; readonly axes: ReadonlySet<string> };

/** Parts of a reduction's body, each counted once; the addresses of loads are left out. */
const partsOf = (body: Expr): readonly Part[] | null => {
  const axesOf = new Map<Expr, ReadonlySet<string>>();
  const parts: Part[] = [];
  let nested = false;
  const visit = (expr: Expr, counts: boolean): ReadonlySet<string> => {
    const known = axesOf.get(expr);
    if (known !== undefined) return known;
    if (expr.kind === "reduce") nested = true;
    const inner = childrenOf(expr).map((c) => visit(c, counts && expr.kind !== "load"));
    const axes =
      expr.kind === "axis" ? new Set([expr.name]) : new Set(inner.flatMap((set) => [...set]));
    axesOf.set(expr, axes);
    if (counts) parts.push({ weight: weightOf(expr), axes });
    return axes;
  };
  visit(body, true);
  return nested ? null : parts;
};

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

const widthOf = (extent: Dim): number => (typeof extent === "number" ? Math.min(4, extent) : 4);

/** Work per element of the result, when parts that do not depend on a tiled axis are shared along it. */
const costOf = (parts: readonly Part[], tile: readonly TileAxis[]): number =>
  parts.reduce((sum, { weight, axes }) => {
    const shared = tile.filter((t) => !axes.has(t.name)).reduce((n, t) => n * t.width, 1);
    return sum + weight / shared;
  }, 0);

/** Code grows with what every lane computes for itself. */
const fits = (parts: readonly Part[], tile: readonly TileAxis[]): boolean => {
  const lanes = tile.reduce((n, t) => n * t.width, 1);
  const own = parts.filter((p) => p.weight > 0 && tile.every((t) => p.axes.has(t.name)));
  return lanes * own.length <= 64;
};

/** The tile of a nest, outer axis first; empty where tiling does not pay. */
export const chooseTile = (nest: Nest): readonly TileAxis[] => {
  const reductions = reductionsIn(nest.stores);
  const loops = new Set(reductions.map(axesKey));
  if (loops.size !== 1 || reductions.some((r) => r.op === "argmax")) return [];
  const found = reductions.map((r) => partsOf(r.body));
  if (found.includes(null)) return [];
  const parts = found.flatMap((list) => list ?? []);
  // Where the reduction does not vary, it is computed once before the loop.
  const { axes, where } = reductions[0]!;
  const ends = [...nest.axes, ...axes].flatMap((a) => endsOf(a.range));
  const bounding = axesIn(where === null ? ends : [...ends, where]);
  const used = new Set([...bounding, ...parts.flatMap((p) => [...p.axes])]);
  if (nest.axes.some((a) => !used.has(a.name))) return [];
  const candidates = nest.axes
    // Lanes of one step share their loops, so what another axis begins or ends at, and what a guard asks, is the same for all.
    .filter((a) => a.range === null && !bounding.has(a.name))
    .map((a): TileAxis => ({ ...a, width: widthOf(a.extent) }))
    .filter((a) => a.width > 1);
  const tiles = candidates.flatMap((inner, k) => [
    [inner],
    ...candidates.slice(0, k).map((outer) => [outer, inner]),
  ]);
  const alone = costOf(parts, []);
  const neighbours = new Set(reductions.flatMap((r) => lastAxes(r.body)));
  const scored = tiles
    .filter((tile) => fits(parts, tile))
    // Without anything to share, neighbours in memory still fill a cache line.
    .filter((tile) => costOf(parts, tile) < alone || tile.every((t) => neighbours.has(t.name)))
    .map((tile) => ({ tile, cost: costOf(parts, tile), order: orderOf(nest, tile) }))
    .toSorted((a, b) => a.cost - b.cost || a.order - b.order);
  return scored[0]?.tile ?? [];
};

/** Of equal tiles: known sizes first, then the innermost axes, whose elements are neighbours. */
const orderOf = (nest: Nest, tile: readonly TileAxis[]): number => {
  const symbolic = tile.filter((t) => typeof t.extent !== "number").length;
  const positions = tile.map((t) => nest.axes.findIndex((a) => a.name === t.name));
  return symbolic * 100 - positions.reduce((sum, p) => sum + p, 0) - tile.length;
};
