// A `model` into a module with one entry, `forward`.

import type { NetDecl } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { suggest } from "../../grammar/suggest.ts";
import type { Precision } from "../../runtime/abi.ts";
import type { Dim } from "../ir/dim.ts";
import type { Entry, EntryOutput, Module, StoredTensor } from "../ir/module.ts";
import { applyLayer } from "./apply.ts";
import { createBody } from "./body.ts";
import { buildLayer } from "./build-layer.ts";
import { describeItem } from "./describe.ts";
import type { Context, Frame } from "./context.ts";
import { createContext } from "./create-context.ts";
import type { ContextOptions } from "./create-context.ts";
import { finishEntry } from "./finish.ts";
import type { Output } from "./finish.ts";
import { declareInputs } from "./inputs.ts";
import type { Layer } from "./layer.ts";
import { frame as scopeFrame } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";
import type { Item } from "./value.ts";

export type ModelOptions = Omit<ContextOptions, "training" | "store"> & {
  /** Sizes that the caller fixes. */
  readonly specialize: Readonly<Record<string, number>>;
  /** Named `let`s of the model to hand out as extra results. */
  readonly outputs: readonly string[];
  readonly precision: Precision;
};

/** Null when it cannot stand alone (configuration without defaults) or an error was reported. */
export const elaborateModel = (
  decl: NetDecl,
  scope: Scope,
  options: ModelOptions,
): Module | null => {
  if ((decl.config ?? []).some((param) => param.value === null)) return null;
  const store = new Map<string, StoredTensor>();
  const ctx = createContext({ ...options, training: false, store });
  const frame = outerFrame(scope);
  const item = buildLayer(ctx, frame, { kind: "block", decl, scope }, [], decl.name.span);
  if (item.kind !== "layer") return null;
  item.layer.segment = "";
  const forward = applyForward(ctx, item.layer, "forward", options);
  if (forward === null) return null;
  return {
    name: decl.name.text,
    sizes: forward.graph.sizes,
    stored: storedIn([forward], store),
    entries: [forward],
    model: { name: decl.name.text, doc: decl.doc, forward: "forward", prefix: "" },
    train: null,
    precision: options.precision,
  };
};

/** A frame outside every body. */
export const outerFrame = (scope: Scope): Frame => ({
  scope,
  owner: null,
  letters: new Map(),
  callSite: null,
  body: createBody("recipe", "", 0),
  fans: null,
});

/** Applies a built model to its declared inputs in a fresh context. */
export const applyForward = (
  ctx: Context,
  layer: Layer,
  name: string,
  options: Pick<ModelOptions, "specialize" | "outputs">,
): Entry | null => {
  const { decl } = layer;
  const config = new Map(
    (decl.config ?? []).flatMap((param): readonly [string, Binding][] => {
      const item = layer.config.get(param.name.text);
      return item === undefined ? [] : [[param.name.text, { item, span: param.name.span }]];
    }),
  );
  const frame = outerFrame(scopeFrame(layer.scope, config));
  const fixed = new Map<string, Dim>(Object.entries(options.specialize));
  const inputs = declareInputs(ctx, frame, decl.data, fixed, new Map());
  if (inputs.some((item) => item.kind === "unknown")) return null;
  const args = inputs.map((item, i) => ({
    name: null,
    item,
    span: decl.data[i]?.span ?? decl.name.span,
  }));
  const result = applyLayer(ctx, frame, layer, args, decl.name.span);
  if (result.kind === "unknown") return null;
  const outputs = resultsOf(result);
  if (outputs === null) {
    const holes = { expected: "tensors as results", actual: describeItem(result) };
    ctx.report(diagnostic("DLM0304", decl.name.span, holes));
    return null;
  }
  return finishEntry(ctx, name, [...outputs, ...extraOutputs(ctx, decl, options.outputs)]);
};

const resultsOf = (item: Item): readonly Output[] | null => {
  if (item.kind === "tensor") return [{ value: item.value, output: resultNamed("") }];
  if (item.kind !== "tuple") return null;
  const outputs: Output[] = [];
  for (const [i, each] of item.items.entries()) {
    if (each.kind !== "tensor") return null;
    outputs.push({ value: each.value, output: resultNamed(item.names?.[i] ?? `result${i}`) });
  }
  return outputs;
};

const resultNamed = (name: string): EntryOutput => ({ kind: "result", name });

const extraOutputs = (ctx: Context, decl: NetDecl, names: readonly string[]): readonly Output[] =>
  names.flatMap((name) => {
    const item = ctx.state.lets.get(name);
    if (item?.kind === "tensor") return [{ value: item.value, output: resultNamed(name) }];
    const near = suggest(name, [...ctx.state.lets.keys()]);
    const owner = `\`${decl.name.text}\``;
    const label = near === null ? "" : `did you mean \`${near}\`?`;
    ctx.report(diagnostic("DLM0215", decl.name.span, { owner, name }, { label }));
    return [];
  });

/** The stored tensors that some entry reads or writes, in the order they were declared. */
export const storedIn = (
  entries: readonly Entry[],
  store: ReadonlyMap<string, StoredTensor>,
): readonly StoredTensor[] => {
  const paths = new Set<string>();
  for (const { inputs, outputs } of entries) {
    for (const input of inputs) if (input.kind === "stored") paths.add(input.path);
    for (const output of outputs) if (output.kind === "store") paths.add(output.path);
  }
  return [...store.values()].filter(({ path }) => paths.has(path));
};
