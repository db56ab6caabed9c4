// How large a size is taken to be where code is chosen.

import { evaluateDim, representativeSize, symbolsOf } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";

export const estimate = (dim: Dim): number =>
  typeof dim === "number"
    ? dim
    : evaluateDim(dim, new Map(symbolsOf(dim).map((name) => [name, representativeSize])));
