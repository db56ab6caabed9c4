// What the elaboration of one graph records: its inputs, stored tensors, buffer updates and penalties.

import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { EntryInput, SizeCheck, StoredTensor } from "../ir/module.ts";
import type { Layer } from "./layer.ts";
import type { OpenScan } from "./open-scan.ts";
import type { Step } from "./trail.ts";
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

/** A call in progress, innermost last. `span` is the call, `decl` what it calls. */
export type ActiveCall = {
  readonly name: string;
  readonly span: Span;
  readonly decl: object;
  /** Functions: one that is reached again from itself never ends, as there are no run-time branches. */
  readonly once: boolean;
  /** The layer that is applied. */
  readonly layer?: Layer;
};

export type GraphState = {
  readonly store: Store;
  /** Graph inputs in order, with where each gets its value. */
  readonly inputs: { readonly value: Value; source: EntryInput }[];
  /** Inputs of stored tensors, by path. */
  readonly stored: Map<string, Value>;
  /** Inputs of draws, by stream. */
  readonly draws: Map<string, Value>;
  /** Value of each buffer after the applications so far. */
  readonly buffers: Map<string, Value>;
  readonly updates: BufferUpdate[];
  readonly penalties: Penalty[];
  readonly checks: SizeCheck[];
  /** Scans whose stages are being elaborated, innermost last. */
  readonly scans: OpenScan[];
  readonly scanCount: { made: number };
  readonly applications: Map<Layer, number>;
  /** What each layer was applied to: ids of the values. */
  readonly appliedTo: Map<Layer, Set<string>>;
  /** An error came up while this graph was elaborated. */
  failed: boolean;
  readonly calls: ActiveCall[];
  /** Declarations that were expanded or applied; shared between the graphs of one compile. */
  readonly seen: Set<object>;
  /** Calls and iterations that may still be expanded before the program counts as too large. */
  readonly fuel: { left: number };
  /** Upper bounds of symbolic sizes, where inputs declare them. */
  readonly bounds: Map<string, Dim>;
  /** Where each symbolic size is bound: the input's declaration. */
  readonly symbols: Map<string, Span>;
  /** Stages that values went through, for notes. */
  readonly trails: Map<Value, readonly Step[]>;
  /** Named `let`s of the outermost model, for extra outputs. */
  readonly lets: Map<string, Item>;
};

export const createGraphState = (store: Store, seen: Set<object>): GraphState => ({
  store,
  inputs: [],
  stored: new Map(),
  draws: new Map(),
  buffers: new Map(),
  updates: [],
  penalties: [],
  checks: [],
  scans: [],
  scanCount: { made: 0 },
  applications: new Map(),
  appliedTo: new Map(),
  failed: false,
  calls: [],
  seen,
  fuel: { left: 25_000 },
  bounds: new Map(),
  symbols: new Map(),
  trails: new Map(),
  lets: new Map(),
});
