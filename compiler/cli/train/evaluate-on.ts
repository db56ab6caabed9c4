// Metrics of a trainer over examples, each once and in order.

import { batchesOf, everyExample } from "../../../runtime/data/batches.ts";
import type { BatchOptions } from "../../../runtime/data/batches.ts";
import type { ArrayBatch, Dataset, Source } from "../../../runtime/data/dataset.ts";
import type { GivenSizes } from "../../../runtime/sizes.ts";
import type { RecipeTrainer } from "./recipe-trainer.ts";
import type { RoundNumbers } from "./view.ts";

/** Every example once, in the order of the table. */
export const inOrder = (
  data: Dataset,
  batch: number,
): AsyncGenerator<ArrayBatch, void, undefined> =>
  batchesOf({ kind: "table", data }, { ...everyExample, batch });

/**
 * `part`: what training leaves for validation, or the rest; everything by default.
 * `sizes`: those that the lengths of arrays do not tell.
 */
export const evaluateOn = (
  trainer: RecipeTrainer,
  source: Source,
  batch: number,
  part: BatchOptions["part"] = "all",
  sizes?: GivenSizes,
): Promise<RoundNumbers> => {
  const { seed, settings } = trainer;
  const share = settings.validation;
  const batches = batchesOf(source, { ...everyExample, batch, seed, part, share });
  return trainer.evaluate(batches, sizes === undefined ? {} : { sizes });
};
