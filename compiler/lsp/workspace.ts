// The open documents and what is known about each: worked out when it is first asked for, forgotten when a file changes.

import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import type { Named } from "../frontend/declare.ts";
import type { Memo } from "../frontend/memo.ts";
import type { NameLink } from "../frontend/name-links.ts";
import { isLibrary } from "../frontend/library.ts";
import { createPrelude } from "../frontend/prelude.ts";
import { analyse, analyseLibrary } from "./analyse.ts";
import type { Analysis } from "./analyse.ts";
import type { Host } from "./host.ts";
import { createPaths } from "./paths.ts";
import type { Paths } from "./paths.ts";

export type Workspace = Paths & {
  readonly documentAt: (path: string) => TextDocument | null;
  /** Of an open document as it is now. */
  readonly analysisOf: (path: string) => Analysis;
  /** A file has another text: forgets what depends on it and returns the open documents that do. */
  readonly forget: (path: string) => readonly string[];
  /** What all analyses together say about each file. */
  readonly reports: () => ReadonlyMap<string, readonly Diagnostic[]>;
  /** Of every open document, by its path. */
  readonly analyses: () => readonly (readonly [string, Analysis])[];
  /** Names in all files that open documents reach; one that two of them reach is there twice. */
  readonly links: () => readonly NameLink[];
  /** What would be known of a document if files had other texts. */
  readonly analyseWith: (path: string, texts: ReadonlyMap<string, string>) => Analysis;
  /** What the library declares by a name. */
  readonly libraryDeclaration: (name: string) => Named | null;
  /** Text that spans of `path` count in. */
  readonly textOf: (path: string) => string;
};

const sameReport = (a: Diagnostic, b: Diagnostic): boolean =>
  a.code === b.code &&
  a.message === b.message &&
  a.span.start === b.span.start &&
  a.span.end === b.span.end;

/** `documents`: those that are open now. */
export const createWorkspace = (
  host: Host,
  documents: () => readonly TextDocument[],
): Workspace => {
  const paths = createPaths(host.library);
  const prelude = createPrelude();
  const kept = new Map<string, Analysis>();
  const memos = new Map<string, Memo>();

  const documentAt = (path: string): TextDocument | null =>
    documents().find(({ uri }) => paths.pathOf(uri) === path) ?? null;
  const read = (path: string): string | null =>
    documentAt(path)?.getText() ?? host.read(paths.uriOf(path));

  const analysisOf = (path: string): Analysis => {
    const known = kept.get(path);
    if (known !== undefined) return known;
    const memo: Memo = memos.get(path) ?? new Map();
    memos.set(path, memo);
    const look = isLibrary(path) ? analyseLibrary : analyse;
    const made = look({ entry: path, read, prelude, memo });
    kept.set(path, made);
    return made;
  };
  const analyses: Workspace["analyses"] = () =>
    documents().map(({ uri }) => {
      const path = paths.pathOf(uri);
      return [path, analysisOf(path)];
    });

  return {
    analysisOf,
    analyses,
    links: () =>
      analyses().flatMap(([, one]) => [...one.reads].flatMap((file) => one.linksIn(file))),
    analyseWith: (entry, texts) =>
      analyse({ entry, prelude, read: (path) => texts.get(path) ?? read(path) }),
    pathOf: paths.pathOf,
    // As the client spells it, where the file is open.
    uriOf: (path) => documentAt(path)?.uri ?? paths.uriOf(path),
    documentAt,
    forget: (path) => {
      const stale = [...kept].filter(([, { reads }]) => reads.has(path)).map(([key]) => key);
      for (const key of stale) kept.delete(key);
      for (const key of memos.keys()) if (documentAt(key) === null) memos.delete(key);
      return stale.filter((key) => documentAt(key) !== null);
    },
    reports: () => {
      const byFile = new Map<string, Diagnostic[]>();
      for (const problem of [...kept.values()].flatMap((one) => one.diagnostics)) {
        const list = byFile.get(problem.span.file) ?? [];
        if (!list.some((known) => sameReport(known, problem))) list.push(problem);
        byFile.set(problem.span.file, list);
      }
      return byFile;
    },
    libraryDeclaration: (name) => {
      const item = prelude.scope.lookup(name)?.item;
      return item !== undefined && "decl" in item ? item.decl : null;
    },
    textOf: (path) =>
      [...kept.values()].map((one) => one.textOf(path)).find((text) => text !== null) ??
      prelude.sources().find((source) => source.path === path)?.text ??
      read(path) ??
      "",
  };
};
