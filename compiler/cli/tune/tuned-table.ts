// What `dlm tune` found out, a line for each kernel.

import type { TunedWay } from "../../backends/wgsl/tuned.ts";
import { microsecondsText } from "../inspect/launch-rows.ts";
import { table } from "../train/numbers.ts";

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
            microsecondsText(microseconds),
            ...(way === model.way
              ? ["the same"]
              : [
                  model.way,
                  microsecondsText(model.microseconds),
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
