// Turns inputs of a model into stored tensors, so that what is computed from those alone can be prepared.

import type { Graph, Value } from "../../compiler/ir/graph.ts";
import type { Entry, EntryInput, Module, StoredTensor } from "../../compiler/ir/module.ts";
import { createBuilder } from "../../compiler/ops/builder.ts";
import { opNameOf } from "../../compiler/ops/to-kernel.ts";
import { besides } from "../../compiler/passes/rebuild.ts";

/** The module with `chosen` inputs stored under their own names; what the library stores starts anywhere. */
export const storeInputs = (module: Module, chosen: (name: string) => boolean): Module => {
  const entry = module.entries[0]!;
  const stores = entry.inputs.map((input, i) => {
    const { dtype, shape } = entry.graph.inputs[i]!.type;
    const fits = dtype === "f32" && shape.every((size) => typeof size === "number");
    return input.kind === "data" && fits && chosen(input.name);
  });
  const made = entry.graph.inputs.flatMap((value, i) => (stores[i] ? [storedOf(value)] : []));
  return {
    ...module,
    stored: [...module.stored.map(anywhere), ...made],
    entries: [storing(entry, stores)],
  };
};

/** Layers whose weights start as 0 or 1 would hide a term that is left out. */
const anywhere = (tensor: StoredTensor): StoredTensor =>
  tensor.init.kind === "constant"
    ? { ...tensor, init: { kind: "uniform", lo: 0.5, hi: 1.5 } }
    : tensor;

const nameOf = ({ def }: Value): string => (def.kind === "input" ? def.name : "");

const storedOf = (value: Value): StoredTensor => {
  const path = nameOf(value);
  const init = { kind: "constant", value: 0 } as const;
  return { path, storage: "param", type: value.type, init, stream: path, span: null };
};

const storing = (entry: Entry, stores: readonly boolean[]): Entry => ({
  ...entry,
  graph: withSigils(entry.graph, stores),
  inputs: entry.inputs.map((input, i): EntryInput =>
    stores[i] === true ? { kind: "stored", path: nameOf(entry.graph.inputs[i]!) } : input,
  ),
});

const withSigils = (graph: Graph, stores: readonly boolean[]): Graph => {
  const b = createBuilder();
  const values = new Map<Value, Value>();
  graph.inputs.forEach((value, i) => {
    const sigil = stores[i] === true || (value.def.kind === "input" && value.def.sigil === "@");
    values.set(value, b.input(sigil ? "@" : "%", nameOf(value), value.type));
  });
  for (const op of graph.ops) {
    b.at(op.span);
    const operands = op.operands.map((value) => values.get(value)!);
    const results = besides(b.op(opNameOf(op), operands, op.attrs));
    op.results.forEach((value, i) => values.set(value, results[i] ?? results[0]!));
  }
  const at = (value: Value): Value => values.get(value)!;
  return b.finish(graph.name, graph.sizes, graph.inputs.map(at), graph.outputs.map(at));
};
