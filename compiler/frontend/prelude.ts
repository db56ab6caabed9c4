// The library's sources into the outermost scope: a declaration is parsed when its name is first looked up.

import type { Decl } from "../../grammar/ast.ts";
import { CompilerBug } from "../../grammar/bug.ts";
import { parse } from "../../grammar/parse.ts";
import type { Source } from "../../grammar/span.ts";
import { libraryIndex, librarySources } from "../std/sources.gen.ts";
import { itemOf } from "./declare.ts";
import { intrinsics } from "./intrinsics.ts";
import { libraryPrefix } from "./library.ts";
import type { Binding, Scope } from "./scope.ts";

/** May be kept between compiles: it holds parsed declarations of the library and nothing of a program. */
export type Prelude = {
  readonly scope: Scope;
  /** Library files of which anything was read so far, for rendering reports. */
  readonly sources: () => readonly Source[];
};

export const createPrelude = (): Prelude => {
  const opened = new Set<string>();
  const bindings = new Map<string, Binding>();

  const declarationOf = (name: string): Decl => {
    const [file, start, end] = libraryIndex[name]!;
    // Blanks for what is before it: places are those in the file.
    const text = " ".repeat(start) + sourceOf(file).text.slice(start, end);
    const { file: parsed, diagnostics } = parse({ path: libraryPrefix + file, text });
    const [problem] = diagnostics;
    if (problem !== undefined) throw new CompilerBug(problem.message, problem.span);
    opened.add(file);
    return parsed.decls[0]!;
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
      const decl = declarationOf(name);
      const item = itemOf(decl, scope);
      return item === null ? null : { item, span: decl.span };
    }
    return intrinsics.has(name) ? { item: { kind: "intrinsic", name }, span: null } : null;
  };

  return { scope, sources: () => [...opened].map(sourceOf) };
};

const sourceOf = (file: string): Source => ({
  path: libraryPrefix + file,
  text: librarySources[file] ?? "",
});
