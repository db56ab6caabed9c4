// The library's sources into the outermost scope: a file is parsed when one of its names is first looked up.

import type { File } from "../../grammar/ast.ts";
import { CompilerBug } from "../../grammar/bug.ts";
import { parse } from "../../grammar/parse.ts";
import type { Source } from "../../grammar/span.ts";
import { libraryIndex, librarySources } from "../std/sources.gen.ts";
import { itemOf } from "./declare.ts";
import { intrinsics } from "./intrinsics.ts";
import { libraryPrefix } from "./library.ts";
import type { Binding, Scope } from "./scope.ts";

/** May be kept between compiles: it holds parsed library files and nothing of a program. */
export type Prelude = {
  readonly scope: Scope;
  /** Library files parsed so far, for rendering reports. */
  readonly sources: () => readonly Source[];
};

export const createPrelude = (): Prelude => {
  const parsed = new Map<string, { readonly source: Source; readonly file: File }>();
  const bindings = new Map<string, Binding>();

  const open = (name: string): File => {
    const known = parsed.get(name);
    if (known !== undefined) return known.file;
    const source = { path: libraryPrefix + name, text: librarySources[name] ?? "" };
    const { file, diagnostics } = parse(source);
    const [problem] = diagnostics;
    if (problem !== undefined) throw new CompilerBug(problem.message, problem.span);
    parsed.set(name, { source, file });
    return file;
  };

  const scope: Scope = {
    parent: null,
    lookup: (name) => {
      const known = bindings.get(name);
      if (known !== undefined) return known;
      const found = lookUp(name);
      if (found !== null) bindings.set(name, found);
      return found;
    },
    names: () => [...Object.keys(libraryIndex), ...intrinsics.keys()],
  };

  const lookUp = (name: string): Binding | null => {
    if (Object.hasOwn(libraryIndex, name)) {
      const decl = open(libraryIndex[name] ?? "").decls.find(
        (one) => one.kind !== "import" && one.name.text === name,
      );
      const item = decl === undefined ? null : itemOf(decl, scope);
      return item === null ? null : { item, span: decl?.span ?? null };
    }
    return intrinsics.has(name) ? { item: { kind: "intrinsic", name }, span: null } : null;
  };

  return { scope, sources: () => [...parsed.values()].map(({ source }) => source) };
};
