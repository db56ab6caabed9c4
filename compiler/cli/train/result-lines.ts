// Metrics of the parts of a data set into lines whose numbers stand under each other.

import { shortNumber, table } from "./numbers.ts";
import type { RoundNumbers } from "./view.ts";

export type ResultRow = {
  /** `train`, `validation`, `test`. */
  readonly part: string;
  readonly metrics: RoundNumbers;
  /** Behind the numbers: `(360 examples)`. */
  readonly remark: string;
};

/** `test        loss 0.2741  accuracy 0.9306  (360 examples)`. */
export const resultLines = (rows: readonly ResultRow[]): readonly string[] => {
  const names = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))];
  return table(
    rows.map(({ part, metrics, remark }) => [
      part,
      ...names.map((name) => {
        const value = metrics[name];
        return value === undefined ? "" : `${name} ${shortNumber(value)}`;
      }),
      remark,
    ]),
  );
};
