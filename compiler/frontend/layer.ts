// A built layer: a block with its configuration, and a path once it is known who owns it.

import type { NetDecl } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import type { Scope } from "./scope.ts";
import type { Item, Label } from "./value.ts";

/**
 * A layer object is shared by identity: `let f = Dense(10)` used twice applies one object twice.
 * `path` is its full path ("Tower_0.Dense_1"). `lets` holds the layers, params and buffers of its body that
 * have names, filled at each application, for `net.tower.head` and `over` paths.
 */
export type Layer = {
  readonly decl: NetDecl;
  readonly scope: Scope;
  readonly config: Map<string, Item>;
  readonly path: string;
  /** Where it was built. */
  readonly span: Span;
  readonly lets: Map<string, Item>;
  /** Layer whose body built it (or that got it as an argument); null at the top of a model or recipe. */
  owner: Layer | null;
  /** Layer whose body holds the call that built it: never changes, so it shows a block that contains itself. */
  readonly home: Layer | null;
  /** Built while a function was expanded, which may own no weights. */
  readonly inFunction: boolean;
  /** `let` or parameter name, `Block_n` for an unnamed layer; null until one of them is decided; "" for a model alone. */
  segment: string | null;
  /** Layers its body built, by call site and occurrence: every application finds the same ones. */
  readonly children: Map<string, Layer>;
  /** What the caller calls the sizes in `config`: their labels, their numbers, or null. */
  readonly labels: Map<string, Label>;
  /** Unnamed layers so far, by block name. */
  readonly ordinals: Map<string, number>;
  /** Shapes of its params and buffers, fixed at the first application. */
  readonly shapes: Map<string, readonly Dim[]>;
};

/** A layer that has no name yet. */
export const createLayer = (
  decl: NetDecl,
  scope: Scope,
  config: Map<string, Item>,
  owner: Layer | null,
  span: Span,
  inFunction = false,
): Layer => ({
  decl,
  scope,
  config,
  span,
  owner,
  home: owner,
  inFunction,
  segment: null,
  lets: new Map(),
  children: new Map(),
  labels: new Map(),
  ordinals: new Map(),
  shapes: new Map(),
  get path() {
    const above = this.owner?.path ?? "";
    const own = this.segment ?? "";
    return above === "" ? own : own === "" ? above : `${above}.${own}`;
  },
});
