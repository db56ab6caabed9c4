// A parsed file into its scope: what its declarations, imports and constants mean, and which names clash.

import type { ConstDecl, Decl, File, ImportDecl, Name, Param } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";
import { suggest } from "../../grammar/suggest.ts";
import type { Binding, Scope } from "./scope.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

export type Named = Exclude<Decl, ImportDecl>;

/** What its callers give. */
export const paramsOf = (decl: Named): readonly Param[] => {
  switch (decl.kind) {
    case "net":
    case "optimizer":
      return [...(decl.config ?? []), ...decl.data];
    case "fn":
      return decl.params;
    case "train":
      return decl.config ?? [];
    case "const":
      return [];
  }
};

/** What a declaration is as a value; null for a recipe, which has none, and for a constant, which needs evaluation. */
export const itemOf = (decl: Decl, scope: Scope): Item | null => {
  switch (decl.kind) {
    case "net":
      return { kind: "block", decl, scope };
    case "fn":
      return { kind: "fn", decl, scope };
    case "optimizer":
      return { kind: "optimizer", decl, scope };
    case "import":
    case "const":
    case "train":
      return null;
  }
};

export type DeclareOptions = {
  readonly parent: Scope;
  readonly report: (diagnostic: Diagnostic) => void;
  /** The declarations of an imported file; null when it could not be loaded. */
  readonly imported: (decl: ImportDecl) => FileScope | null;
  /** Evaluates a constant in the file's scope; called at most once per constant. */
  readonly evaluate: (decl: ConstDecl, scope: Scope) => Item;
};

export type FileScope = {
  readonly scope: Scope;
  /** What other files may import: every declaration of this file. */
  readonly exported: ReadonlyMap<string, Named>;
  /** The declaration of another file that a name imported here stands for. */
  readonly importedAs: (name: string) => Named | null;
};

/** Constants that wait for each other. */
const longestChain = 200;

/** The scope of a file. Constants and imports are looked up when first used. */
export const declareFile = (file: File, options: DeclareOptions): FileScope => {
  const { report, parent } = options;
  const declared = new Map<string, Named>();
  const imports = new Map<string, { readonly decl: ImportDecl; readonly name: Name }>();
  const places = new Map<string, Name>();

  const claim = (name: Name): boolean => {
    if (name.text === "") return false;
    const earlier = places.get(name.text);
    if (earlier === undefined) {
      places.set(name.text, name);
      return true;
    }
    report(
      diagnostic(
        "DLM0207",
        name.span,
        { name: name.text },
        {
          labels: [{ span: earlier.span, text: "first declared here" }],
        },
      ),
    );
    return false;
  };

  for (const decl of file.decls) {
    if (decl.kind !== "import") {
      if (claim(decl.name)) declared.set(decl.name.text, decl);
      continue;
    }
    for (const { name, alias } of decl.items)
      if (claim(alias ?? name)) imports.set((alias ?? name).text, { decl, name });
  }

  const bindings = new Map<string, Binding>();
  const evaluating = new Set<string>();

  const bind = (name: string): Binding | null => {
    const decl = declared.get(name);
    if (decl !== undefined) return { item: valueOf(decl), span: decl.name.span };
    const wanted = imports.get(name);
    if (wanted === undefined) return null;
    const from = options.imported(wanted.decl);
    if (from === null) return { item: unknown, span: wanted.name.span };
    return from.exported.has(wanted.name.text)
      ? (from.scope.lookup(wanted.name.text) ?? null)
      : { item: unknown, span: wanted.name.span };
  };

  const valueOf = (decl: Named): Item => {
    if (decl.kind === "train" || decl.broken) return unknown;
    if (decl.kind !== "const") return itemOf(decl, scope) ?? unknown;
    if (evaluating.has(decl.name.text)) {
      report(diagnostic("DLM0214", decl.name.span, { name: decl.name.text }));
      return unknown;
    }
    if (evaluating.size >= longestChain) {
      report(diagnostic("DLM0218", decl.name.span, {}));
      return unknown;
    }
    evaluating.add(decl.name.text);
    const item = options.evaluate(decl, scope);
    evaluating.delete(decl.name.text);
    return item;
  };

  const scope: Scope = {
    parent,
    lookup: (name) => {
      const known = bindings.get(name);
      if (known !== undefined) return known;
      const found = bind(name);
      if (found !== null) bindings.set(name, found);
      return found;
    },
    names: () => [...declared.keys(), ...imports.keys()],
  };
  const importedAs = (local: string): Named | null => {
    const wanted = imports.get(local);
    if (wanted === undefined) return null;
    return options.imported(wanted.decl)?.exported.get(wanted.name.text) ?? null;
  };
  return { scope, exported: declared, importedAs };
};

/** Reports names that a file imports and the other does not declare. */
export const checkImport = (
  decl: ImportDecl,
  from: FileScope,
  report: (diagnostic: Diagnostic) => void,
): void => {
  for (const { name } of decl.items) {
    if (name.text === "" || from.exported.has(name.text)) continue;
    const near = suggest(name.text, [...from.exported.keys()]);
    report(
      diagnostic(
        "DLM0208",
        name.span,
        { path: decl.from.value, name: name.text },
        {
          label: near === null ? "" : `did you mean \`${near}\`?`,
          ...(near === null ? {} : { fix: { span: name.span, text: near, safe: true } }),
        },
      ),
    );
  }
};
