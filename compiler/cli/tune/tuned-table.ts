// What `dlm tune` found out, a line for each kernel.

import type { TunedWay } from "../../backends/wgsl/tuned.ts";
import { shortTime, table } from "../train/numbers.ts";

/** None where nothing was measured. */
export const tunedTable = (all: readonly TunedWay[]): readonly string[] =>
  all.length === 0
    ? []
    : table(
        [
          ["kernel", "fastest", "time", "by cost", "time", "gain"],
          ...all.map(({ kernel, sizes, way, microseconds, model }) => [
            `${kernel}${sizesText(sizes)}`,
            way,
            shortTime(microseconds),
            ...(way === model.way
              ? ["the same"]
              : [
                  model.way,
                  shortTime(model.microseconds),
                  `${(model.microseconds / microseconds).toFixed(2)} x`,
                ]),
          ]),
        ],
        ["left", "left", "right", "left", "right", "right"],
      );

const sizesText = (sizes: TunedWay["sizes"]): string => {
  const parts = Object.entries(sizes).map(([name, size]) => `${name} = ${size}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
};
