// What the elaboration of one graph records: its inputs, stored tensors, buffer updates and penalties.

import type { Span } from "../../grammar/span.ts";
import type { Value } from "../ir/graph.ts";
import type { EntryInput, SizeCheck, StoredTensor } from "../ir/module.ts";
import type { Layer } from "./layer.ts";
import type { Item } from "./value.ts";

/** Stored tensors by path, shared between the graphs of one module. */
export type Store = Map<string, StoredTensor>;

/** A number added to every loss that needs its application and reaches a trained weight. */
export type Penalty = {
  readonly value: Value;
  readonly layer: Layer;
  readonly results: readonly Value[];
  readonly span: Span;
};
/** A buffer's new value. `results`: what the application that wrote it returned. */
export type BufferUpdate = {
  readonly path: string;
  readonly value: Value;
  readonly layer: Layer;
  readonly results: readonly Value[];
};

/** A call in progress, innermost last. `library`: the callee is declared in the library. */
export type ActiveCall = {
  readonly name: string;
  readonly span: Span;
  readonly decl: object;
};

export type GraphState = {
  readonly store: Store;
  /** Graph inputs in order, with where each gets its value. */
  readonly inputs: { readonly value: Value; source: EntryInput }[];
  /** Inputs of stored tensors, by path. */
  readonly stored: Map<string, Value>;
  /** Value of each buffer after the applications so far. */
  readonly buffers: Map<string, Value>;
  readonly updates: BufferUpdate[];
  readonly penalties: Penalty[];
  readonly checks: SizeCheck[];
  readonly applications: Map<Layer, number>;
  readonly calls: ActiveCall[];
  /** Named `let`s of the outermost model, for extra outputs. */
  readonly lets: Map<string, Item>;
};

export const createGraphState = (store: Store): GraphState => ({
  store,
  inputs: [],
  stored: new Map(),
  buffers: new Map(),
  updates: [],
  penalties: [],
  checks: [],
  applications: new Map(),
  calls: [],
  lets: new Map(),
});
