// A path into the files of a program: parsed, their imports followed, each with its scope. Does no IO itself.

import type { ConstDecl, File, ImportDecl } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { parse } from "../../grammar/parse.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Source } from "../../grammar/span.ts";
import { checkImport, declareFile } from "./declare.ts";
import type { FileScope } from "./declare.ts";
import type { Scope } from "./scope.ts";
import type { Item } from "./value.ts";

export type LoadedFile = {
  readonly source: Source;
  readonly file: File;
  readonly declared: FileScope;
  /** Imports that led to no file, or round in a circle. */
  readonly unresolved: ReadonlySet<ImportDecl>;
};
export type Program = {
  readonly entry: LoadedFile | null;
  readonly files: ReadonlyMap<string, LoadedFile>;
};
export type LoadOptions = {
  readonly entry: string;
  /** Text of a file, or null when there is none. */
  readonly read: (path: string) => string | null;
  /** Path of an import, seen from the file that holds it; relative to that file unless given. */
  readonly resolve?: (from: string, specifier: string) => string;
  readonly library: Scope;
  readonly report: (diagnostic: Diagnostic) => void;
  readonly evaluate: (decl: ConstDecl, scope: Scope) => Item;
};

/** `./a/b.dlm` seen from `x/y.dlm` is `x/a/b.dlm`; a specifier with a leading slash is absolute. */
export const resolveRelative = (from: string, specifier: string): string => {
  if (specifier.startsWith("/")) return specifier;
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "." || part === "") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
};

/** A file on the way to the one being loaded, and the import that led on from it. */
type Visit = { readonly path: string; readonly decl: ImportDecl };

export const loadProgram = (options: LoadOptions): Program => {
  const { report } = options;
  const resolve = options.resolve ?? resolveRelative;
  const files = new Map<string, LoadedFile>();

  const imported = (from: string, decl: ImportDecl): FileScope | null =>
    files.get(resolve(from, decl.from.value))?.declared ?? null;

  const load = (path: string, text: string, trail: readonly Visit[]): LoadedFile => {
    const unresolved = new Set<ImportDecl>();
    const source = { path, text };
    const { file, diagnostics } = parse(source);
    diagnostics.forEach(report);
    const declared = declareFile(file, {
      parent: options.library,
      report,
      imported: (decl) => imported(path, decl),
      evaluate: options.evaluate,
    });
    const loaded = { source, file, declared, unresolved };
    files.set(path, loaded);
    for (const decl of file.decls)
      if (decl.kind === "import" && !follow(path, decl, [...trail, { path, decl }]))
        unresolved.add(decl);
    return loaded;
  };

  const follow = (from: string, decl: ImportDecl, trail: readonly Visit[]): boolean => {
    const target = resolve(from, decl.from.value);
    const start = trail.findIndex(({ path }) => path === target);
    const first = trail[start];
    if (first !== undefined) {
      const cycle = [...trail.slice(start).map(({ path }) => path), target];
      report(
        diagnostic(
          "DLM0205",
          first.decl.span,
          {},
          {
            notes: [cycle.map(fileName).join(" -> ")],
            helps: [{ text: "move the shared declarations to a third file" }],
          },
        ),
      );
      return false;
    }
    const known = files.get(target);
    const text = known === undefined ? options.read(target) : null;
    if (known === undefined && text === null) {
      report(diagnostic("DLM0206", decl.from.span, { path: decl.from.value }));
      return false;
    }
    const loaded = known ?? load(target, text ?? "", trail);
    checkImport(decl, loaded.declared, report);
    return true;
  };

  const text = options.read(options.entry);
  if (text === null) {
    const span = { file: options.entry, start: 0, end: 0 };
    report(diagnostic("DLM0206", span, { path: options.entry }));
    return { entry: null, files };
  }
  return { entry: load(options.entry, text, []), files };
};

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
