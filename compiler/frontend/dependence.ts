// Which values a value is computed from.

import type { Value } from "../ir/graph.ts";

/** Every value that `roots` are computed from, themselves included. */
export const ancestorsOf = (roots: readonly Value[]): ReadonlySet<Value> => {
  const seen = new Set<Value>(roots);
  const open = [...roots];
  for (let value = open.pop(); value !== undefined; value = open.pop())
    if (value.def.kind === "result")
      for (const operand of value.def.op.operands)
        if (!seen.has(operand)) {
          seen.add(operand);
          open.push(operand);
        }
  return seen;
};

/** Paths of the stored tensors among the given values. */
export const storedPathsIn = (values: ReadonlySet<Value>): readonly string[] =>
  [...values].flatMap(({ def }) => (def.kind === "input" && def.sigil === "@" ? [def.name] : []));
