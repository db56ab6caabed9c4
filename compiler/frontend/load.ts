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

export const loadProgram = (options: LoadOptions): Program => {
  const { report } = options;
  const resolve = options.resolve ?? resolveRelative;
  const files = new Map<string, LoadedFile>();

  const imported = (from: string, decl: ImportDecl): FileScope | null =>
    files.get(resolve(from, decl.from.value))?.declared ?? null;

  const load = (path: string, text: string, trail: readonly string[]): LoadedFile => {
    const source = { path, text };
    const { file, diagnostics } = parse(source);
    diagnostics.forEach(report);
    const declared = declareFile(file, {
      parent: options.library,
      report,
      imported: (decl) => imported(path, decl),
      evaluate: options.evaluate,
    });
    const loaded = { source, file, declared };
    files.set(path, loaded);
    for (const decl of file.decls) if (decl.kind === "import") follow(path, decl, [...trail, path]);
    return loaded;
  };

  const follow = (from: string, decl: ImportDecl, trail: readonly string[]): void => {
    const target = resolve(from, decl.from.value);
    if (trail.includes(target)) {
      const cycle = [...trail.slice(trail.indexOf(target)), target];
      report(
        diagnostic(
          "DLM0205",
          decl.span,
          {},
          {
            notes: [cycle.map(fileName).join(" -> ")],
            helps: [{ text: "move the shared declarations to a third file" }],
          },
        ),
      );
      return;
    }
    const known = files.get(target);
    if (known !== undefined) return checkImport(decl, known.declared, report);
    const text = options.read(target);
    if (text === null) {
      report(diagnostic("DLM0206", decl.from.span, { path: decl.from.value }));
      return;
    }
    checkImport(decl, load(target, text, trail).declared, report);
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
