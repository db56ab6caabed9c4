// One application of a layer, or one expansion of a function: what its statements have recorded so far.

import type { Span } from "../../grammar/span.ts";
import type { Value } from "../ir/graph.ts";
import type { Layer } from "./layer.ts";
import type { Item } from "./value.ts";

/** A `buffer` or `state` of the body being evaluated, with the item that `next` gave it. */
export type Cell = {
  readonly storage: "buffer" | "state";
  readonly path: string;
  readonly old: Item;
  next: Item | null;
  readonly span: Span;
};

/** Which declaration's statements run, and what they may do. */
export type Body = {
  readonly kind: "layer" | "function" | "optimizer" | "recipe";
  /** Name of the declaration, for messages. */
  readonly name: string;
  /** Whether the host scalar `step` has a meaning here: in recipes and optimizers, and functions called there. */
  readonly counted: boolean;
  /** Ordinal of this application of the layer in its graph, from 0. */
  readonly application: number;
  /** `~` statements so far, in program order; functions expanded here count along. */
  readonly counts: { draws: number };
  /** Occurrences of each call site so far, so that every application finds the same child layers. */
  readonly sites: Map<string, number>;
  /** Layers built but not yet named by a `let`, an argument or their ordinal, in build order. */
  readonly pending: Layer[];
  readonly cells: Map<string, Cell>;
  /** Names of the params and buffers declared so far. */
  readonly stored: Set<string>;
  /** Numbers that `penalty` statements of this application gave. */
  readonly penalties: { readonly value: Value; readonly span: Span }[];
};

export const createBody = (kind: Body["kind"], name: string, application: number): Body => ({
  kind,
  name,
  counted: kind !== "layer",
  application,
  counts: { draws: 0 },
  sites: new Map(),
  pending: [],
  cells: new Map(),
  stored: new Set(),
  penalties: [],
});

/** The body of a function expanded inside `outer`: call sites, draws and penalties go on counting there. */
export const createFunctionBody = (name: string, outer: Body | null): Body => ({
  ...(outer ?? createBody("function", name, 0)),
  kind: "function",
  name,
  cells: new Map(),
});
