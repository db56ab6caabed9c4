// A program into what the language server has to know about it.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { applySuppressions } from "../../grammar/suppress.ts";
import { elaborate } from "../frontend/index.ts";
import type { NameLink } from "../frontend/name-links.ts";
import type { Prelude } from "../frontend/prelude.ts";
import { resolveImport } from "./paths.ts";

/** One per open document and version of it and of what it imports; all features read it. */
export type Analysis = {
  readonly diagnostics: readonly Diagnostic[];
  /** What each name that a file writes stands for. */
  readonly linksIn: (path: string) => readonly NameLink[];
  /** Every path that was asked for, also where there is no file. */
  readonly reads: ReadonlySet<string>;
  /** Text of a file as it was read, the library's included. */
  readonly textOf: (path: string) => string | null;
};

export type AnalyseOptions = {
  readonly entry: string;
  readonly read: (path: string) => string | null;
  /** Shared by all documents: the library is parsed once. */
  readonly prelude: Prelude;
};

export const analyse = ({ entry, read, prelude }: AnalyseOptions): Analysis => {
  const reads = new Set<string>();
  const links = new Map<string, NameLink[]>();
  const { diagnostics, files } = elaborate({
    entry,
    prelude,
    link: (link) => {
      const { file } = link.span;
      const known = links.get(file);
      if (known === undefined) links.set(file, [link]);
      else known.push(link);
    },
    resolve: resolveImport,
    read: (path) => {
      reads.add(path);
      return read(path);
    },
  });
  return {
    diagnostics: files.reduce((left, file) => applySuppressions(file, left), diagnostics),
    linksIn: (path) => links.get(path) ?? [],
    reads,
    textOf: (path) => files.find((file) => file.path === path)?.text ?? null,
  };
};
