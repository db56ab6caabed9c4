// A planned entry into one row per layer: which dispatches work for it, and what they cost.

import { ancestorsOf } from "../../ir/ancestors.ts";
import { evaluateDim, product } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { sizesOfDispatch } from "../../lower/plan.ts";
import type { Arg, Dispatch, EntryPlan, Plan, StoredPlace } from "../../lower/plan.ts";
import { addCosts, costOf, noCost } from "./kernel-cost.ts";
import type { Cost, Sizes } from "./kernel-cost.ts";

export type LayerRow = {
  /** Path of the layer; several joined by " + " when one kernel works for all of them. */
  readonly path: string;
  /** Shape of the last value computed for it. */
  readonly shape: readonly Dim[];
  readonly params: number;
  readonly cost: Cost;
  /** Names of its kernels in the order in which they run. */
  readonly kernels: readonly string[];
};

/** `Block_0.Dense_1.W:m` → `Block_0.Dense_1`; "" for a tensor of the model itself. */
export const layerOf = (path: string): string => {
  const tensor = path.split(":")[0]!;
  const dot = tensor.lastIndexOf(".");
  return dot < 0 ? "" : tensor.slice(0, dot);
};

const layersRead = (plan: Plan, dispatch: Dispatch): readonly string[] => [
  ...new Set(
    dispatch.args.flatMap((arg) =>
      arg.kind === "stored" ? sourcesOf(plan, arg.path).map(layerOf) : [],
    ),
  ),
];

/** A stored tensor itself; of a derived one those it is computed from. */
const sourcesOf = ({ module }: Plan, path: string): readonly string[] => {
  const prepare = module.entries.find(({ name }) => name === module.prepare);
  const at = prepare?.outputs.findIndex((to) => to.kind === "store" && to.path === path) ?? -1;
  const value = prepare?.graph.outputs[at];
  if (value === undefined) return [path];
  const made = [...ancestorsOf([value])].sort((a, b) => a.id - b.id);
  return made.flatMap(({ def }) => (def.kind === "input" ? [def.name] : []));
};

/** Weights of a layer itself, without those of the layers inside it. */
const paramsAt = (stored: readonly StoredPlace[], layers: readonly string[]): number =>
  stored
    .filter(({ tensor }) => tensor.storage === "param" && layers.includes(layerOf(tensor.path)))
    .reduce((sum, { words }) => sum + words, 0);

/** Dispatches that work for the same layers, in the order in which they run. */
export type LayerGroup = { readonly layers: readonly string[]; readonly dispatches: Dispatch[] };

type Slots = { readonly read: readonly number[]; readonly written: readonly number[] };

const slotsOf = (plan: Plan, { kernel, args }: Dispatch): Slots => {
  const split = plan.kernels[kernel]!.kernel.params.length;
  const slots = (part: readonly Arg[]): readonly number[] =>
    part.flatMap((arg) => (arg.kind === "slot" ? [arg.slot] : []));
  return { read: slots(args.slice(0, split)), written: slots(args.slice(split)) };
};

/**
 * The layers of each dispatch: those whose stored tensors it reads, else those of the result it takes. What prepares a
 * value from weights or inputs alone works for its first reader.
 */
const ownersOf = (plan: Plan, entry: EntryPlan): readonly (readonly string[])[] => {
  const slots = entry.dispatches.map((dispatch) => slotsOf(plan, dispatch));
  const owners: (readonly string[] | null)[] = [];
  const writer = new Map<number, number>();
  entry.dispatches.forEach((dispatch, k) => {
    const { read, written } = slots[k]!;
    const layers = layersRead(plan, dispatch);
    const producers = read.flatMap((slot) => writer.get(slot) ?? []);
    const taken = producers.length === 0 ? null : owners[Math.max(...producers)]!;
    owners.push(layers.length > 0 && read.length > 0 ? layers : taken);
    for (const slot of written) writer.set(slot, k);
  });
  for (let k = owners.length - 1; k >= 0; k--) {
    const { written } = slots[k]!;
    const reader = slots.findIndex(
      ({ read }, later) => later > k && read.some((slot) => written.includes(slot)),
    );
    owners[k] ??= owners[reader] ?? layersRead(plan, entry.dispatches[k]!);
  }
  return owners.map((layers) => layers ?? []);
};

export const groupByLayer = (plan: Plan, entry: EntryPlan): readonly LayerGroup[] => {
  const groups = new Map<string, LayerGroup>();
  ownersOf(plan, entry).forEach((layers, k) => {
    const key = layers.join(" + ");
    const group = groups.get(key) ?? { layers, dispatches: [] };
    groups.set(key, group);
    group.dispatches.push(entry.dispatches[k]!);
  });
  const end = (group: LayerGroup): number => entry.dispatches.lastIndexOf(group.dispatches.at(-1)!);
  return [...groups.values()].toSorted((a, b) => end(a) - end(b));
};

/** Where the weights of a layer are counted: in the row that has the fewest others. */
const homes = (groups: readonly LayerGroup[]): ReadonlyMap<string, LayerGroup> => {
  const home = new Map<string, LayerGroup>();
  for (const group of groups.toSorted((a, b) => a.layers.length - b.layers.length))
    for (const layer of group.layers) if (!home.has(layer)) home.set(layer, group);
  return home;
};

/** Shape of what a dispatch computes, in the sizes of its entry. */
const resultShape = (plan: Plan, entry: EntryPlan, { args }: Dispatch): readonly Dim[] => {
  const result = args.at(-1)!;
  return result.kind === "slot"
    ? entry.slots[result.slot]!.shape
    : (plan.stored.find(({ tensor }) => tensor.path === result.path)?.tensor.type.shape ?? []);
};

/** How often a dispatch runs: once per step of the loops it stands in. */
export const roundsOf = ({ loops }: Dispatch, sizes: Sizes): number =>
  evaluateDim(product(loops.map(({ length }) => length)), sizes);

const costOfDispatch = (plan: Plan, dispatch: Dispatch, sizes: Sizes): Cost => {
  const { kernel } = plan.kernels[dispatch.kernel]!;
  const { flops, bytes } = costOf(kernel, sizesOfDispatch(kernel, dispatch, sizes));
  const rounds = roundsOf(dispatch, sizes);
  return { flops: rounds * flops, bytes: rounds * bytes };
};

export const layerRows = (plan: Plan, entry: EntryPlan, sizes: Sizes): readonly LayerRow[] => {
  const groups = groupByLayer(plan, entry);
  const home = homes(groups);
  return groups.map((group) => {
    const { layers, dispatches } = group;
    const own = layers.filter((layer) => home.get(layer) === group);
    const reads = (one: Dispatch): boolean => layersRead(plan, one).length > 0;
    const kernels = dispatches.map(({ kernel }) => plan.kernels[kernel]!.kernel);
    return {
      path: layers.map((layer) => (layer === "" ? "(model)" : layer)).join(" + ") || "(inputs)",
      shape: resultShape(plan, entry, dispatches.findLast(reads) ?? dispatches.at(-1)!),
      params: paramsAt(plan.stored, own),
      cost: dispatches.reduce(
        (sum, one) => addCosts(sum, costOfDispatch(plan, one, sizes)),
        noCost,
      ),
      kernels: kernels.map(({ name }) => name),
    };
  });
};

export const entryCost = (plan: Plan, entry: EntryPlan, sizes: Sizes): Cost =>
  entry.dispatches.reduce(
    (sum, dispatch) => addCosts(sum, costOfDispatch(plan, dispatch, sizes)),
    noCost,
  );
