// A built layer: a block with its configuration, and a path once it is known who owns it.

import type { NetDecl } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/span.ts";
import type { Item } from "./value.ts";
import type { Scope } from "./scope.ts";

/**
 * A layer object is shared by identity: `let f = Dense(10)` used twice applies one object twice.
 * `path` is its full path ("Tower_0.Dense_1"). `lets` holds the layers, params and buffers of its body that
 * have names, filled at the first application, for `net.tower.head` and `over` paths.
 */
export type Layer = {
  readonly decl: NetDecl;
  readonly scope: Scope;
  readonly config: ReadonlyMap<string, Item>;
  readonly path: string;
  /** Where it was built. */
  readonly span: Span;
  readonly lets: Map<string, Item>;
  /** Applications so far in the current graph. */
  applications: number;
};
