// Chooses the schedule of a kernel: which loops around a reduction are computed several at a time, so that what is loaded
// once is used often, in which order they run, and where copies are made.

import { createNaming } from "../kernel/free-name.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { knownSizes } from "../lower/bounds-in-launches.ts";
import type { Bounds } from "../lower/bounds-in-launches.ts";
import { namesIn } from "../lower/names-in.ts";
import type { Packing } from "./choose-pack.ts";
import { chooseTile } from "./choose-tile.ts";
import type { Chosen } from "./choose-tile.ts";
import { nestsIn } from "./nests.ts";
import type { Nest } from "./nests.ts";
import type { Schedule, Step } from "./schedule.ts";
import type { Target } from "../costs/target.ts";

/**
 * For each nest of independent loops around stores with reductions over the same axes: one or two of its loops get
 * lanes, which are written out inside the loop of the reduction (`choose-tile.ts`). What the lanes of an axis read again
 * and again is packed (`choose-pack.ts`).
 */
export const chooseSchedule = (
  kernel: Kernel,
  target: Target,
  bounds: Bounds = knownSizes,
): Schedule => {
  const fresh = createNaming(new Set(namesIn(kernel)));
  const chosen = nestsIn(kernel.body).map((nest) => {
    return stepsOf(nest, chooseTile(kernel, nest, target, bounds), fresh);
  });
  const steps = [...chosen.flatMap((c) => c.steps), ...chosen.flatMap((c) => c.packs)];
  return { kernel: kernel.name, target: target.name, steps };
};

type Steps = { readonly steps: readonly Step[]; readonly packs: readonly Step[] };

/** Loops without lanes first, then whole tiles, then lanes; what is packed does not change in loops further in. */
const stepsOf = (
  { axes }: Nest,
  { lanes, copies: packings, inOrder }: Chosen,
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
  const outerOf = (name: string): readonly string[] => {
    const at = lanes.findIndex((l) => l.axis === name);
    return at < 0 ? [name] : tiled[at]!.outer;
  };
  const loops = inOrder
    ? axes.flatMap(({ name }) => outerOf(name))
    : [...untiled, ...tiled.flatMap((t) => t.outer)];
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
