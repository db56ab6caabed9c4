// Metrics of a trainer over a whole table.

import { batchesOf } from "../../../runtime/data/batches.ts";
import type { ArrayBatch, Dataset } from "../../../runtime/data/dataset.ts";
import type { RecipeTrainer } from "./recipe-trainer.ts";
import type { RoundNumbers } from "./view.ts";

/** Every example once, in the order of the table. */
export const inOrder = (
  data: Dataset,
  batch: number,
): AsyncGenerator<ArrayBatch, void, undefined> =>
  batchesOf(
    { kind: "table", data },
    {
      batch,
      shuffle: false,
      dropLast: false,
      seed: 0,
      epoch: 0,
      skip: 0,
      part: "all",
      share: 0,
    },
  );

export const evaluateOn = (
  trainer: RecipeTrainer,
  data: Dataset,
  batch: number,
): Promise<RoundNumbers> => trainer.evaluate(inOrder(data, batch));
