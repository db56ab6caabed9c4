// Which values a value is computed from.

import type { Value } from "./graph.ts";

/**
 * Every value that some of `values` are computed from, themselves included; nothing before those where `ends`. A stack,
 * not recursion: graphs are thousands of ops deep.
 */
export const ancestorsOf = (
  values: readonly Value[],
  ends: (value: Value) => boolean = () => false,
): ReadonlySet<Value> => {
  const seen = new Set<Value>();
  const stack = [...values];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (value.def.kind === "result" && !ends(value)) stack.push(...value.def.op.operands);
  }
  return seen;
};
