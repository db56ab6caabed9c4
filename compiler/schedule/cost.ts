// What one element of a nest costs when some of its axes are computed several at a time.

import type { Expr } from "../kernel/expr.ts";
import { childrenOf } from "../lower/intern.ts";
import type { Costs, Target } from "../costs/target.ts";

/** An operation, and the axes that its value depends on. */
export type Part = {
  readonly weight: number;
  readonly axes: ReadonlySet<string>;
  /** Of a load: what is read. */
  readonly buffer: string | null;
};

/** An axis and how many of its iterations are written side by side. */
export type Lanes = { readonly axis: string; readonly count: number };

const weightOf = (expr: Expr, { load, functions }: Costs): number => {
  if (expr.kind === "load") return load;
  return expr.kind === "call" ? functions[expr.fn] : 0;
};

/** The operations of a reduction's body, each once, without those of addresses. Null if it reduces again. */
export const partsOf = (body: Expr, costs: Costs): readonly Part[] | null => {
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
    if (counts) {
      const buffer = expr.kind === "load" ? expr.buffer : null;
      parts.push({ weight: weightOf(expr, costs), axes, buffer });
    }
    return axes;
  };
  visit(body, true);
  return nested ? null : parts;
};

/** What is summed in one loop: the parts of all bodies, and how many sums there are. */
export type Summed = { readonly parts: readonly Part[]; readonly sums: number };

/** Lanes, and buffers of which copies hold the lanes of an axis side by side. */
export type Tile = {
  readonly lanes: readonly Lanes[];
  readonly copies: readonly { readonly buffer: string; readonly lanes: string }[];
};

/**
 * Σ weight / product of the lanes of axes that a part does not depend on: those share it. Besides, a compiler such as V8
 * computes what all lanes add before it adds any of it: that and the sums want a register each.
 */
export const costOf = (
  { parts, sums }: Summed,
  { lanes, copies }: Tile,
  target: Target,
): number => {
  const { costs, registers } = target;
  const weightIn = ({ weight, buffer, axes }: Part): number =>
    copies.some((c) => c.buffer === buffer && axes.has(c.lanes)) ? costs.copied : weight;
  const shared = parts.reduce((sum, part) => {
    const sharing = lanes.filter((l) => !part.axes.has(l.axis));
    return sum + weightIn(part) / countOf(sharing);
  }, 0);
  const count = countOf(lanes);
  const spilled = Math.max(0, 2 * sums * count - registers);
  const cost = shared + (costs.spill * spilled) / count;
  return spilled === 0 ? cost : Math.max(cost, costs.throughMemory / count);
};

const countOf = (lanes: readonly Lanes[]): number => lanes.reduce((n, l) => n * l.count, 1);

/**
 * As above, of all elements: whole tiles, and what is left over along each axis, which reads no copy of its lanes.
 * `sizeOf`: iterations of an axis; null where any number may be left.
 */
export const costWithRests = (
  summed: Summed,
  tile: Tile,
  target: Target,
  sizeOf: (axis: string) => number | null,
): number => {
  const parts = tile.lanes.reduce<readonly { readonly share: number; readonly tile: Tile }[]>(
    (before, { axis, count }) => {
      const size = sizeOf(axis) ?? count;
      const rest = size % count;
      return before.flatMap(({ share, tile: { lanes, copies } }) => {
        const others = lanes.filter((l) => l.axis !== axis);
        const left: Tile = {
          lanes: rest > 1 ? [...others, { axis, count: rest }] : others,
          copies: copies.filter((c) => c.lanes !== axis),
        };
        return [
          { share: (share * (size - rest)) / size, tile: { lanes, copies } },
          { share: (share * rest) / size, tile: left },
        ];
      });
    },
    [{ share: 1, tile }],
  );
  return parts
    .filter(({ share }) => share > 0)
    .reduce((sum, part) => sum + part.share * costOf(summed, part.tile, target), 0);
};

/** Operations written once per lane, all lanes together. */
export const writtenOut = (parts: readonly Part[], lanes: readonly Lanes[]): number => {
  const own = parts.filter((p) => p.weight > 0 && lanes.every((l) => p.axes.has(l.axis)));
  return own.length * countOf(lanes);
};
