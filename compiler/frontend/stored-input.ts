// A stored tensor as an input of the graph under construction.

import type { Value } from "../ir/graph.ts";
import type { StoredTensor } from "../ir/module.ts";
import type { Context } from "./context.ts";

/** The value that the graph reads for a stored tensor; the first request registers it with the module. */
export const storedInput = (ctx: Context, tensor: StoredTensor): Value => {
  const { state, builder } = ctx;
  const known = state.stored.get(tensor.path);
  if (known !== undefined) return known;
  if (!state.store.has(tensor.path)) state.store.set(tensor.path, tensor);
  const value = builder.input("@", tensor.path, tensor.type);
  state.stored.set(tensor.path, value);
  state.inputs.push({ value, source: { kind: "stored", path: tensor.path } });
  return value;
};
