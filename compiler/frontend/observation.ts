// What expressions came to while a program was elaborated, for editors: told as it happens, if somebody asks.

import type { Span } from "../../grammar/span.ts";
import type { Item } from "./value.ts";

/** Once for each time that something is evaluated: a block that is applied twice tells of its body twice. */
export type Observation = {
  /** `stage`: what a pipeline is after it; `name`: of a `let` or of a stored tensor. */
  readonly kind: "expression" | "stage" | "name";
  readonly span: Span;
  readonly item: Item;
};
