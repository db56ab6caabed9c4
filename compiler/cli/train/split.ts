// Examples into those to learn from and those kept for the final test.

import { takeRows } from "../../../runtime/data/dataset.ts";
import type { Dataset } from "../../../runtime/data/dataset.ts";
import { splitRows } from "../../../runtime/data/order.ts";
import { UserError } from "../exit-code.ts";
import type { Holdout } from "../option-values.ts";

export type Split = { readonly train: Dataset; readonly test: Dataset };

const range = (from: number, to: number): Uint32Array =>
  Uint32Array.from({ length: to - from }, (_, i) => from + i);

export const holdOut = (data: Dataset, holdout: Holdout, seed: number): Split => {
  const { length } = data;
  if (holdout.kind === "last") {
    if (holdout.count >= length)
      throw new UserError(
        `--holdout ${holdout.count} leaves nothing to learn from: the data has ${length} examples`,
      );
    const border = length - holdout.count;
    return { train: takeRows(data, range(0, border)), test: takeRows(data, range(border, length)) };
  }
  const rows = splitRows(length, holdout.share, seed);
  if (rows.validation.length === 0 || rows.train.length === 0)
    throw new UserError(
      `--holdout ${holdout.share * 100}% of ${length} examples leaves one of the two parts empty`,
    );
  return { train: takeRows(data, rows.train), test: takeRows(data, rows.validation) };
};
