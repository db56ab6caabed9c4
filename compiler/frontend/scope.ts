// Names in scope: an immutable chain of frames.

import type { Span } from "../../grammar/span.ts";
import type { Item } from "./value.ts";

/** What a name means and where it was bound. `used` is told when the name is read (for unused warnings). */
export type Binding = {
  readonly item: Item;
  readonly span: Span | null;
  /** Configuration of the declaration, listed after the sizes that inputs bind. */
  readonly config?: true;
};

/** A frame; lookups go outwards. `lazy` bindings (imports, file-level names, recipe lets) compute on first use. */
export type Scope = {
  readonly parent: Scope | null;
  readonly lookup: (name: string) => Binding | null;
  /** Names bound in this frame alone, for did-you-mean. */
  readonly names: () => readonly string[];
};

/** Finds a name in this frame or an outer one. */
export const find = (scope: Scope, name: string): Binding | null => {
  for (let frame: Scope | null = scope; frame !== null; frame = frame.parent) {
    const binding = frame.lookup(name);
    if (binding !== null) return binding;
  }
  return null;
};

/** Every name visible from here, nearest first. */
export const visibleNames = (scope: Scope): readonly string[] => {
  const names = new Set<string>();
  for (let frame: Scope | null = scope; frame !== null; frame = frame.parent)
    for (const name of frame.names()) names.add(name);
  return [...names];
};

/** A frame over fixed bindings. */
export const frame = (parent: Scope | null, bindings: ReadonlyMap<string, Binding>): Scope => ({
  parent,
  lookup: (name) => bindings.get(name) ?? null,
  names: () => [...bindings.keys()],
});
