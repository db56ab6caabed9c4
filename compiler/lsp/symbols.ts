// The declarations of a document, with what each declares inside, as the outline of an editor.

import { SymbolKind } from "vscode-languageserver";
import type { DocumentSymbol } from "vscode-languageserver";
import type { Decl, File, Name, Param, Stmt, TrainItem } from "../../grammar/ast.ts";
import { cover } from "../../grammar/span.ts";
import type { Span } from "../../grammar/span.ts";
import type { Places } from "./places.ts";

type Outline = {
  readonly name: Name;
  readonly span: Span;
  readonly kind: SymbolKind;
  readonly detail: string;
  readonly inside: readonly Outline[];
};

const leaf = (name: Name, span: Span, kind: SymbolKind, detail: string): Outline => ({
  name,
  span,
  kind,
  detail,
  inside: [],
});

const ofParams = (params: readonly Param[], detail: string): readonly Outline[] =>
  params.map(({ name, span }) => leaf(name, span, SymbolKind.Variable, detail));

const ofStatement = (statement: Stmt | TrainItem): readonly Outline[] => {
  const { span } = statement;
  switch (statement.kind) {
    case "let":
    case "draw":
    case "index-let":
      return [leaf(statement.name, span, SymbolKind.Variable, "let")];
    case "multi-let":
      return statement.names.map((name) => leaf(name, span, SymbolKind.Variable, "let"));
    case "store":
      return [leaf(statement.name, span, SymbolKind.Field, statement.storage)];
    case "data":
      return ofParams(statement.fields, "data");
    case "metric":
      return [leaf(statement.name, span, SymbolKind.Property, "metric")];
    case "setting":
      return [leaf(statement.name, span, SymbolKind.Property, "setting")];
    case "step": {
      const inside = statement.items.flatMap(ofStatement);
      return [{ name: statement.name, span, kind: SymbolKind.Method, detail: "step", inside }];
    }
    case "next-stmt":
    case "require":
    case "penalty":
    case "return":
    case "minimize":
      return [];
    default:
      return statement satisfies never;
  }
};

const ofDecl = (decl: Decl): readonly Outline[] => {
  const make = (
    kind: SymbolKind,
    detail: string,
    inside: readonly (Stmt | TrainItem)[],
  ): readonly Outline[] =>
    decl.kind === "import"
      ? []
      : [{ name: decl.name, span: decl.span, kind, detail, inside: inside.flatMap(ofStatement) }];
  switch (decl.kind) {
    case "import":
      return [];
    case "net":
      return make(SymbolKind.Class, decl.net, decl.body);
    case "fn":
      return make(SymbolKind.Function, "fn", "kind" in decl.body ? [] : decl.body);
    case "optimizer":
      return make(SymbolKind.Class, "optimizer", decl.body);
    case "train":
      return make(SymbolKind.Module, "train", decl.items);
    case "const":
      return make(SymbolKind.Constant, "let", []);
  }
};

/** A name that recovery left out has no symbol. */
const toSymbols = (outlines: readonly Outline[], places: Places): DocumentSymbol[] =>
  outlines
    .filter(({ name }) => name.text !== "")
    .map(({ name, span, kind, detail, inside }) => ({
      name: name.text,
      detail,
      kind,
      range: places.range(cover(span, name.span)),
      selectionRange: places.range(name.span),
      ...(inside.length === 0 ? {} : { children: toSymbols(inside, places) }),
    }));

export const documentSymbols = (file: File, places: Places): DocumentSymbol[] =>
  toSymbols(file.decls.flatMap(ofDecl), places);
