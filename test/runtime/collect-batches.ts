// The batches of an epoch as copies: the reader uses its arrays again.

import { batchesOf } from "../../runtime/data/batches.ts";
import type { BatchOptions } from "../../runtime/data/batches.ts";
import type { ArrayBatch, Source } from "../../runtime/data/dataset.ts";

export const collectBatches = async (
  source: Source,
  options: BatchOptions,
): Promise<readonly ArrayBatch[]> => {
  const batches: ArrayBatch[] = [];
  for await (const batch of batchesOf(source, options))
    batches.push(Object.fromEntries(Object.entries(batch).map(([k, v]) => [k, v.slice()])));
  return batches;
};
