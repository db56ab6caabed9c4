// Values of the open sizes of an entry, to count with.

import { printDim } from "../../ir/dim-text.ts";
import { representativeSize } from "../../ir/dim.ts";
import { sizesToPlanWith } from "../../ir/estimate.ts";
import type { EntryPlan } from "../../lower/plan.ts";
import type { Sizes } from "./kernel-cost.ts";

/** The batch is the first size of the data; other open sizes are counted at their bound, or at `unbounded`. */
export const sizesFor = (
  entry: EntryPlan,
  batch: number | null,
  unbounded: number = representativeSize,
): Sizes => {
  const { graph, inputs } = entry.entry;
  const sizes = new Map(sizesToPlanWith(graph.sizes, unbounded));
  const data = graph.inputs.find((_, k) => inputs[k]!.kind === "data");
  const first = data?.type.shape[0];
  if (batch !== null && first !== undefined && typeof first !== "number") {
    const name = printDim(first);
    if (sizes.has(name)) sizes.set(name, batch);
  }
  return sizes;
};
