// Examples into those to learn from and those kept for the final test.

import { filterRows } from "../../../runtime/data/filter.ts";
import { setAsideTest, splitRows } from "../../../runtime/data/order.ts";
import { UserError } from "../exit-code.ts";
import type { Holdout } from "../option-values.ts";
import { asideCount } from "./examples.ts";
import type { Examples } from "./examples.ts";

export type Split = { readonly train: Examples; readonly test: Examples };

export const holdOut = (examples: Examples, holdout: Holdout, seed: number): Split => {
  const { length, source } = examples;
  if (holdout.kind === "last") {
    if (holdout.count >= length)
      throw new UserError(
        `--holdout ${holdout.count} leaves nothing to learn from: the data has ${length} examples`,
      );
    const border = length - holdout.count;
    return split(examples, holdout.count, (row) => row >= border);
  }
  const { share } = holdout;
  const count = asideCount(examples, share, seed);
  if (count === 0 || count === length)
    throw new UserError(
      `--holdout ${share * 100}% of ${length} examples leaves one of the two parts empty`,
    );
  if (source.kind === "stream") return split(examples, count, setAsideTest(share, seed));
  const aside = new Set(splitRows(length, share, seed).validation);
  return split(examples, count, (row) => aside.has(row));
};

const split = (
  { length, source }: Examples,
  count: number,
  isTest: (row: number) => boolean,
): Split => ({
  train: { length: length - count, source: filterRows(source, (row) => !isTest(row)) },
  test: { length: count, source: filterRows(source, isTest) },
});
