// What each written name stands for, for editors: recorded while names are checked, if somebody asks.

import type { Name } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/span.ts";
import type { Named } from "./declare.ts";
import type { Bound } from "./name-use.ts";
import type { Binding } from "./scope.ts";

/** How a name is bound; `argument` is the name of one in a call, `built-in` has no declaration. */
export type NameKind =
  | Bound
  | "letter"
  | "argument"
  | "model"
  | "block"
  | "cell"
  | "fn"
  | "optimizer"
  | "train"
  | "const"
  | "built-in";

/** A name where it is written. `target`: where it is bound, which is `span` itself in a declaration. */
export type NameLink = {
  readonly text: string;
  readonly span: Span;
  readonly target: Span | null;
  readonly kind: NameKind;
  /** Of a declaration, and of the name of an argument: what is called. */
  readonly decl?: Named;
};

export const linkToDecl = (name: Name, decl: Named): NameLink => ({
  ...name,
  target: decl.name.span,
  kind: decl.kind === "net" ? decl.net : decl.kind,
  decl,
});

/** Of a name that a file or the library declares. */
export const linkTo = (name: Name, { item, span }: Binding): NameLink => {
  const { text, span: place } = name;
  switch (item.kind) {
    case "block":
    case "fn":
    case "optimizer":
      return linkToDecl(name, item.decl);
    case "intrinsic":
      return { text, span: place, target: null, kind: "built-in" };
    default:
      return { text, span: place, target: span, kind: "const" };
  }
};
