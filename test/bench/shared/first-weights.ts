// What training begins with.

import { initialValues } from "../../../runtime/init.ts";
import type { Program } from "./programs.ts";

export type Weights = ReadonlyMap<string, Float32Array>;

export const seed = 0;

/** Parameters of a program as its seed draws them, by their paths without the name of the net. */
export const firstWeights = ({ stored }: Program): Weights =>
  new Map(
    stored
      .filter(({ storage }) => storage === "param")
      .map((spec) => [
        spec.path.replace(/^net\./, ""),
        new Float32Array(initialValues(spec, seed)),
      ]),
  );
