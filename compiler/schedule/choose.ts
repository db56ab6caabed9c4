// Chooses which loops around a reduction are computed several at a time, so that what is loaded once is used often.

import type { Expr } from "../kernel/expr.ts";
import { createNaming } from "../kernel/free-name.ts";
import type { Kernel, Stmt } from "../kernel/kernel.ts";
import { axesIn } from "../lower/access.ts";
import { axesKey } from "../lower/axes-key.ts";
import { knownSizes } from "../lower/bounds-in-launches.ts";
import type { Bounds } from "../lower/bounds-in-launches.ts";
import { childrenOf, endsOf } from "../lower/intern.ts";
import { choosePacks } from "./choose-pack.ts";
import type { Packing } from "./choose-pack.ts";
import { costOf, partsOf, writtenOut } from "./cost.ts";
import type { Lanes } from "./cost.ts";
import { namesIn } from "../lower/names-in.ts";
import { nestsIn } from "./nests.ts";
import type { Nest, NestAxis } from "./nests.ts";
import { canSplit } from "./take-step.ts";
import type { Schedule, Step } from "./schedule.ts";
import type { Target } from "../costs/target.ts";

type Reduce = Extract<Expr, { kind: "reduce" }>;
type Store = Extract<Stmt, { kind: "store" }>;

/**
 * For each nest of independent loops around stores with reductions over the same axes: one or two of its loops get
 * lanes, which are written out inside the loop of the reduction. The cost of an element is Σ weight / lanes that share
 * the operation, over the loads and operations of the reduction (`cost.ts`); the lowest wins that is below the cost
 * without lanes and writes out no more operations than the target allows. Sizes do not matter beyond that lanes are no
 * more than an axis has iterations. What the lanes of an axis read again and again is packed (`choose-pack.ts`).
 */
export const chooseSchedule = (
  kernel: Kernel,
  target: Target,
  bounds: Bounds = knownSizes,
): Schedule => {
  const fresh = createNaming(new Set(namesIn(kernel)));
  const chosen = nestsIn(kernel.body).map((nest) => {
    const lanes = chooseLanes(nest, target);
    return stepsOf(nest, lanes, choosePacks(kernel, nest, lanes, target, bounds), fresh);
  });
  const steps = [...chosen.flatMap((c) => c.steps), ...chosen.flatMap((c) => c.packs)];
  return { kernel: kernel.name, target: target.name, steps };
};

type Steps = { readonly steps: readonly Step[]; readonly packs: readonly Step[] };

/** Loops without lanes first, then whole tiles, then lanes; what is packed does not change in loops further in. */
const stepsOf = (
  { axes }: Nest,
  lanes: readonly Lanes[],
  packings: readonly Packing[],
  fresh: (hint: string) => string,
): Steps => {
  if (lanes.length === 0) return { steps: [], packs: [] };
  const tiled = lanes.map(({ axis: name, count }) => {
    const { extent, range } = axes.find((a) => a.name === name)!;
    if (extent === count && range === null) return { steps: [], outer: [], inner: name };
    const [outer, inner] = [fresh(`${name}0`), fresh(`${name}1`)];
    const step: Step = { kind: "split", axis: name, by: count, outer, inner };
    return { steps: [step], outer: [outer], inner };
  });
  const splits = tiled.flatMap((t) => t.steps);
  const inner = tiled.map((t) => t.inner);
  const untiled = axes.flatMap(({ name }) => (lanes.some((l) => l.axis === name) ? [] : [name]));
  const loops = [...untiled, ...tiled.flatMap((t) => t.outer)];
  const tileOf = ({ lanes: own }: Packing): string =>
    tiled[lanes.findIndex((l) => l.axis === own)]!.outer[0]!;
  const [whole, part] = [packings.find((p) => p.whole), packings.find((p) => !p.whole)];
  const outside = untiled.filter((name) => part?.outside.has(name));
  const shared = outside.filter((name) => whole?.outside.has(name));
  const first = part === undefined ? [] : [...shared, ...outside, tileOf(part)];
  const wanted = [...new Set([...first, ...loops]), ...inner];
  const given = axes.flatMap(({ name }) => {
    const at = lanes.findIndex((l) => l.axis === name);
    return at < 0 || tiled[at]!.inner === name ? [name] : [...tiled[at]!.outer, tiled[at]!.inner];
  });
  const isInOrder = wanted.every((name, k) => name === given[k]);
  const order: readonly Step[] = isInOrder ? [] : [{ kind: "reorder", axes: wanted }];
  const packs = packings.map((packing): Step => {
    const { buffer } = packing;
    const axis = tileOf(packing);
    const at = packing === whole ? (shared.at(-1) ?? null) : axis;
    // Where there may be fewer rows than a tile has, one round would pay for all of the copy.
    const other = lanes.findIndex((l) => l.axis !== packing.lanes);
    const { extent } = axes.find((a) => a.name === lanes[other]!.axis)!;
    const sharedBy = typeof extent === "number" ? null : tiled[other]!.outer[0]!;
    return { kind: "pack", buffer, axis, at, sharedBy, panel: fresh(`${buffer}_panel`) };
  });
  return { steps: [...splits, ...order, { kind: "unroll", axes: inner }], packs };
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

/** Axes of a nest that get lanes, outer one first; empty where lanes do not pay. */
const chooseLanes = ({ axes, body }: Nest, target: Target): readonly Lanes[] => {
  const stores = body.filter((s) => s.kind === "store");
  const plain = stores.length === body.length && stores.every((s) => s.accumulate === null);
  if (!plain || axes.some((a) => a.role !== "spatial")) return [];
  const reductions = reductionsIn(stores);
  const loops = new Set(reductions.map(axesKey));
  if (loops.size !== 1 || reductions.some((r) => r.op === "argmax")) return [];
  const found = reductions.map((r) => partsOf(r.body, target.costs));
  if (found.includes(null)) return [];
  const parts = found.flatMap((list) => list ?? []);
  // Where the reduction does not vary, it is computed once before the loop.
  const { axes: over, where } = reductions[0]!;
  const ends = [...axes, ...over].flatMap((a) => endsOf(a.range));
  const bounding = axesIn(where === null ? ends : [...ends, where]);
  const varies = new Set([...bounding, ...parts.flatMap((p) => [...p.axes])]);
  if (axes.some((a) => !varies.has(a.name))) return [];
  const candidates = axes
    // Lanes share their loops, so what another axis begins or ends at, and what a guard asks, is the same for all of them.
    .map((a): Lanes & NestAxis => ({ ...a, axis: a.name, count: lanesOf(a, target) }))
    .filter(({ name, count, range }) => count > 1 && canSplit(range, count) && !bounding.has(name));
  const choices = candidates.flatMap((inner, k) => [
    [inner],
    ...candidates.slice(0, k).map((outer) => [outer, inner]),
  ]);
  const alone = costOf(parts, []);
  const neighbours = new Set(reductions.flatMap((r) => lastAxes(r.body)));
  const scored = choices
    .filter((lanes) => writtenOut(parts, lanes) <= target.operations)
    // Without anything to share, neighbours in memory still fill a cache line.
    .filter((lanes) => costOf(parts, lanes) < alone || lanes.every((l) => neighbours.has(l.axis)))
    .map((lanes) => ({ lanes, cost: costOf(parts, lanes), order: orderOf(axes, lanes) }))
    .toSorted((a, b) => a.cost - b.cost || a.order - b.order);
  return scored[0]?.lanes ?? [];
};

const lanesOf = ({ extent }: NestAxis, target: Target): number =>
  typeof extent === "number" ? Math.min(target.lanes, extent) : target.lanes;

/** Of equal choices: known sizes first, then the innermost axes, whose elements are neighbours. */
const orderOf = (axes: readonly NestAxis[], lanes: readonly Lanes[]): number => {
  const places = lanes.map((l) => axes.findIndex((a) => a.name === l.axis));
  const symbolic = places.filter((k) => typeof axes[k]!.extent !== "number").length;
  return symbolic * 100 - places.reduce((sum, k) => sum + k, 0) - lanes.length;
};
