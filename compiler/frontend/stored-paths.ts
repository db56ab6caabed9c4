// The stored tensors among values.

import type { Value } from "../ir/graph.ts";

/** Paths of the stored tensors among the given values. */
export const storedPathsIn = (values: ReadonlySet<Value>): readonly string[] =>
  [...values].flatMap(({ def }) => (def.kind === "input" && def.sigil === "@" ? [def.name] : []));
