// Blocks of code under construction: what is in scope in each, which of that differs among lanes, and the code so far.

import type { Expr } from "../../kernel/expr.ts";
import type { Code } from "./bytes.ts";
import type { Local } from "./instructions.ts";

/** An axis, a `let`, or where a buffer begins. `differs`: each lane has a number of its own. Of an axis the local has that of the first. */
export type Binding = { readonly local: Local; readonly differs: boolean };

export type Scope = {
  readonly parent: Scope | null;
  /** It runs only sometimes, or for some lanes: what might read outside its buffer stays inside. */
  readonly guard: boolean;
  /** One thread runs it, or all their shares, after what they wait for: nothing goes out of it. */
  readonly closed: boolean;
  /** Nothing is stored while it runs: what is read twice in it is the same. */
  readonly pure: boolean;
  /** Of a block right around a loop: what the loop stores. Null of any other. */
  readonly loopStores: ReadonlySet<string> | null;
  readonly binds: Map<string, Binding>;
  /** The axis of which four neighbours are computed side by side; null outside of such loops. */
  readonly axis: string | null;
  /** Lanes that count; null where all do. */
  readonly mask: Local | null;
  readonly held: Map<Expr, Local>;
  readonly code: Code[];
};

type Opening = Partial<
  Pick<Scope, "guard" | "closed" | "pure" | "axis" | "mask" | "loopStores">
> & {
  readonly binds?: Iterable<readonly [string, Binding]>;
};

export const openScope = (parent: Scope | null, opening: Opening = {}): Scope => ({
  parent,
  guard: opening.guard ?? false,
  closed: opening.closed ?? false,
  pure: opening.pure ?? parent?.pure ?? false,
  loopStores: opening.loopStores ?? null,
  binds: new Map(opening.binds ?? []),
  axis: opening.axis ?? parent?.axis ?? null,
  mask: opening.mask ?? parent?.mask ?? null,
  held: new Map(),
  code: [],
});

export const heldIn = (scope: Scope | null, expr: Expr): Local | null => {
  for (let s = scope; s !== null; s = s.parent) {
    const local = s.held.get(expr);
    if (local !== undefined) return local;
  }
  return null;
};

export const bindingOf = (scope: Scope | null, name: string): Binding | null => {
  for (let s = scope; s !== null; s = s.parent) {
    const found = s.binds.get(name);
    if (found !== undefined) return found;
  }
  return null;
};

/**
 * The outermost block for what reads the buffers of `read`, which are stored to: right around loops that leave these as they
 * are. Where there is none it is the block itself.
 */
export const outermostOfReads = (
  scope: Scope,
  names: ReadonlySet<string>,
  safe: boolean,
  read: ReadonlySet<string>,
): Scope => {
  let found = scope;
  for (let s = scope; s.parent !== null && !s.closed && !(s.guard && !safe); s = s.parent) {
    if ([...names].some((name) => s.binds.has(name))) break;
    const { loopStores } = s.parent;
    if (loopStores === null) continue;
    if ([...read].some((buffer) => loopStores.has(buffer))) break;
    found = s.parent;
  }
  return found;
};

/** The outermost block in which all of `names` are in scope, going out of guards only when `safe`. */
export const outermost = (scope: Scope, names: ReadonlySet<string>, safe: boolean): Scope => {
  let best = scope;
  while (best.parent !== null && !best.closed && !(best.guard && !safe)) {
    if ([...names].some((name) => best.binds.has(name))) break;
    best = best.parent;
  }
  return best;
};
