// Examples to learn from or to measure on: a table in memory, or files that are read as they are needed.

import type { Dataset, Source } from "../../../runtime/data/dataset.ts";
import { mapSource } from "../../../runtime/data/filter.ts";
import { normaliseDataset } from "../../../runtime/data/normalise.ts";
import type { Normalisation } from "../../../runtime/data/normalise.ts";
import { setAsideTest } from "../../../runtime/data/order.ts";
import type { GivenSizes } from "../../../runtime/sizes.ts";

export type Examples = { readonly length: number; readonly source: Source };

/** What a run uses for what. */
export type Parts = {
  readonly train: Examples;
  /** In place of a share of what is learned from. */
  readonly validation: Examples | null;
  readonly test: Examples | null;
  /** Sizes that the lengths of arrays do not tell. */
  readonly sizes: GivenSizes | undefined;
};

export const examplesOf = (data: Dataset): Examples => ({
  length: data.length,
  source: { kind: "table", data },
});

export const normaliseExamples = (scaling: Normalisation, examples: Examples): Examples =>
  scaling.size === 0
    ? examples
    : {
        ...examples,
        source: mapSource(examples.source, (data) => normaliseDataset(scaling, data)),
      };

/** How many of them a share for validation takes. */
export const asideCount = ({ length, source }: Examples, share: number, seed: number): number => {
  if (source.kind === "table" || share === 0) return Math.round(length * share);
  const isSetAside = setAsideTest(share, seed);
  let count = 0;
  for (let row = 0; row < length; row++) if (isSetAside(row)) count++;
  return count;
};
