// What a context has recorded, with the chosen outputs, into an entry of the module.

import { symbolsOf } from "../ir/dim.ts";
import type { Graph, SizeDecl, Value } from "../ir/graph.ts";
import type { Entry, EntryOutput } from "../ir/module.ts";
import type { Context } from "./context.ts";

export type Output = { readonly value: Value; readonly output: EntryOutput };

/** Inputs that no output depends on are left out, except the caller's arrays. */
export const finishEntry = (ctx: Context, name: string, outputs: readonly Output[]): Entry => {
  const { state, builder } = ctx;
  const values = outputs.map(({ value }) => value);
  const draft = builder.finish(name, [], [], values);
  const read = readInputs(draft);
  const inputs = state.inputs.filter(
    ({ value, source }) => source.kind === "data" || read.has(value),
  );
  const sizes = sizesOf(ctx);
  const graph = builder.finish(
    name,
    sizes,
    inputs.map(({ value }) => value),
    values,
  );
  return {
    name,
    graph,
    inputs: inputs.map(({ source }) => source),
    outputs: outputs.map(({ output }) => output),
    checks: state.checks,
  };
};

const readInputs = (graph: Graph): ReadonlySet<Value> =>
  new Set([...graph.ops.flatMap((op) => op.operands), ...graph.outputs]);

/** The symbols in the shapes of the caller's arrays, with their bounds. */
const sizesOf = ({ state }: Context): readonly SizeDecl[] => {
  const names = new Set<string>();
  for (const { value, source } of state.inputs)
    if (source.kind === "data")
      for (const dim of value.type.shape) symbolsOf(dim).forEach((name) => names.add(name));
  return [...names].map((name) => ({ name, max: state.bounds.get(name) ?? null }));
};
