// Remembers which names of a declaration are read, to report those that never are.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import type { Name } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { editDistance } from "../../grammar/suggest.ts";
import { symbol } from "../ir/dim.ts";
import type { Context, Frame } from "./context.ts";
import { linkTo } from "./name-links.ts";
import { frame as scopeFrame } from "./scope.ts";
import type { Binding } from "./scope.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

/** What kind of name was bound; `part` is one of several results, `list` a shape variadic. */
export type Bound =
  "let" | "part" | "data" | "config" | "size" | "list" | "index" | "param" | "buffer" | "state";

export type NameUse = {
  readonly bind: (frame: Frame, name: Name, what: Bound, item: Item) => Frame;
  readonly bindSize: (frame: Frame, name: Name) => Frame;
  readonly bindConfig: (frame: Frame, name: Name) => Frame;
  readonly read: (name: Name, binding: Binding) => void;
  /** A letter where it is bound, or used. */
  readonly letter: (name: Name, bound: Name["span"]) => void;
  /** Whether a binding is a value of the body, as opposed to a size or configuration. */
  readonly isValue: (binding: Binding) => boolean;
  /** A name was found that means nothing: what looks unused may be what was meant. */
  readonly miss: () => void;
  readonly warnings: () => readonly Diagnostic[];
};

type Entry = { readonly name: Name; readonly what: Bound };

/** `link`: see `Context`. */
export const createNameUse = (link: Context["link"] = () => {}): NameUse => {
  const bound = new Map<Binding, Entry>();
  const used = new Map<Binding, number>();
  let missed = false;

  const bind = (frame: Frame, name: Name, what: Bound, item: Item): Frame => {
    const config = what === "config" ? ({ config: true } as const) : {};
    const binding = { item, span: name.span, ...config };
    bound.set(binding, { name, what });
    link({ ...name, target: name.span, kind: what });
    return { ...frame, scope: scopeFrame(frame.scope, new Map([[name.text, binding]])) };
  };

  return {
    bind,
    bindSize: (frame, name) =>
      bind(frame, name, "size", { kind: "size", dim: symbol(name.text), label: name.text }),
    bindConfig: (frame, name) => bind(frame, name, "config", unknown),
    read: (name, binding) => {
      used.set(binding, (used.get(binding) ?? 0) + 1);
      const local = bound.get(binding);
      link(
        local === undefined
          ? linkTo(name, binding)
          : { ...name, target: local.name.span, kind: local.what },
      );
    },
    letter: (name, target) => link({ ...name, target, kind: "letter" }),
    isValue: (binding) => {
      const what = bound.get(binding)?.what;
      return what === "let" || what === "part" || what === "data";
    },
    miss: () => {
      missed = true;
    },
    warnings: () => {
      if (missed) return [];
      const warnings: Diagnostic[] = [];
      for (const [binding, { name, what }] of bound) {
        const count = used.get(binding) ?? 0;
        if (what === "size" && count <= 1) {
          const other = nearMiss(name.text, [...bound.values()]);
          if (other !== null)
            warnings.push(diagnostic("DLM0911", name.span, { name: name.text, other }));
        }
        if (count > 0 || name.text.startsWith("_")) continue;
        if (what === "let") warnings.push(diagnostic("DLM0901", name.span, { name: name.text }));
        if (what === "param") warnings.push(diagnostic("DLM0902", name.span, { name: name.text }));
      }
      return warnings;
    },
  };
};

/** Shorter names differ by one letter all the time: `B`, `T`, `H`. */
const shortest = 4;

const nearMiss = (name: string, entries: readonly Entry[]): string | null => {
  if (name.length < shortest) return null;
  const near = entries.find(
    ({ name: other, what }) =>
      (what === "size" || what === "config") &&
      other.text.length >= shortest &&
      other.text !== name &&
      editDistance(name, other.text) === 1,
  );
  return near?.name.text ?? null;
};
