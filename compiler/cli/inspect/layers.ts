// A planned entry into one row per layer: which dispatches work for it, and what they cost.

import type { Dim } from "../../ir/dim.ts";
import { sizesOfDispatch } from "../../lower/plan.ts";
import type { Dispatch, EntryPlan, Plan, StoredPlace } from "../../lower/plan.ts";
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

const layersRead = (dispatch: Dispatch): readonly string[] => [
  ...new Set(dispatch.args.flatMap((arg) => (arg.kind === "stored" ? [layerOf(arg.path)] : []))),
];

/** Weights of a layer itself, without those of the layers inside it. */
const paramsAt = (stored: readonly StoredPlace[], layers: readonly string[]): number =>
  stored
    .filter(({ tensor }) => tensor.storage === "param" && layers.includes(layerOf(tensor.path)))
    .reduce((sum, { words }) => sum + words, 0);

/** Dispatches in a row that work for the same layers. */
export type LayerGroup = { readonly layers: readonly string[]; readonly dispatches: Dispatch[] };

/** What reads no stored tensor works on for the layer whose result it takes. */
export const groupByLayer = (plan: EntryPlan): readonly LayerGroup[] => {
  const drafts: LayerGroup[] = [];
  let open: LayerGroup | null = null;
  for (const dispatch of plan.dispatches) {
    const layers = layersRead(dispatch);
    const same: boolean =
      open !== null &&
      (layers.length === 0 || layers.every((layer) => open!.layers.includes(layer)));
    if (!same || open === null) {
      open = { layers, dispatches: [] };
      drafts.push(open);
    }
    open.dispatches.push(dispatch);
  }
  return drafts;
};

const costOfDispatch = (plan: Plan, dispatch: Dispatch, sizes: Sizes): Cost => {
  const { kernel } = plan.kernels[dispatch.kernel]!;
  return costOf(kernel, sizesOfDispatch(kernel, dispatch, sizes));
};

export const layerRows = (plan: Plan, entry: EntryPlan, sizes: Sizes): readonly LayerRow[] => {
  const counted = new Set<string>();
  return groupByLayer(entry).map(({ layers, dispatches }) => {
    const fresh = layers.filter((layer) => !counted.has(layer));
    for (const layer of fresh) counted.add(layer);
    const kernels = dispatches.map(({ kernel }) => plan.kernels[kernel]!.kernel);
    return {
      path: layers.map((layer) => (layer === "" ? "(model)" : layer)).join(" + ") || "(inputs)",
      shape: kernels.at(-1)!.results.at(-1)!.shape,
      params: paramsAt(plan.stored, fresh),
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
