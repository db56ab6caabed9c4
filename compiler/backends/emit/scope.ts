// Blocks of emitted code under construction: what is in scope in each, and the lines so far.

import type { Expr } from "../../kernel/expr.ts";

/** `guard`: a branch that only sometimes runs; what might read outside its buffer stays inside. */
export type Scope = {
  readonly parent: Scope | null;
  readonly guard: boolean;
  /** Nothing is stored while it runs: what is read twice in it is the same. */
  readonly pure: boolean;
  readonly depth: number;
  /** Axes, lets and buffer offsets that this block brings into scope. */
  readonly binds: Set<string>;
  /** Values this block holds in a variable. */
  readonly held: Map<Expr, string>;
  readonly lines: string[];
};

export const openScope = (
  parent: Scope | null,
  binds: readonly string[],
  guard = false,
  pure = parent?.pure ?? false,
): Scope => ({
  parent,
  guard,
  pure,
  depth: parent === null ? 0 : parent.depth + 1,
  binds: new Set(binds),
  held: new Map(),
  lines: [],
});

/** The variable that holds a value, if one in scope does. */
export const heldIn = (scope: Scope | null, expr: Expr): string | null => {
  for (let s = scope; s !== null; s = s.parent) {
    const name = s.held.get(expr);
    if (name !== undefined) return name;
  }
  return null;
};

/** Whether all of `names` are in scope. */
export const binds = (scope: Scope | null, names: ReadonlySet<string>): boolean => {
  const missing = new Set(names);
  for (let s = scope; s !== null; s = s.parent) s.binds.forEach((name) => missing.delete(name));
  return missing.size === 0;
};

/** The outermost block in which all of `names` are in scope, going out of guards only when `safe`. */
export const outermost = (scope: Scope, names: ReadonlySet<string>, safe: boolean): Scope => {
  let best = scope;
  while (best.parent !== null && !(best.guard && !safe)) {
    if ([...names].some((name) => best.binds.has(name))) break;
    best = best.parent;
  }
  return best;
};
