// A program into what the language server has to know about it.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { applySuppressions } from "../../grammar/suppress.ts";
import type { Span } from "../../grammar/span.ts";
import { elaborate } from "../frontend/index.ts";
import type { NameLink } from "../frontend/name-links.ts";
import type { Observation } from "../frontend/observation.ts";
import { isLibrary } from "../frontend/library.ts";
import type { Memo } from "../frontend/memo.ts";
import type { Prelude } from "../frontend/prelude.ts";
import { resolveImport } from "./paths.ts";

/** One per open document and version of it and of what it imports; all features read it. */
export type Analysis = {
  readonly diagnostics: readonly Diagnostic[];
  /** What each name that a file writes stands for. */
  readonly linksIn: (path: string) => readonly NameLink[];
  /** What was found out about the expressions of a file. */
  readonly observationsIn: (path: string) => readonly Observation[];
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
  /** Of earlier analyses of the same entry: what did not change since is not looked at again. */
  readonly memo?: Memo;
};

type Filed<T> = {
  readonly add: (one: T) => void;
  readonly of: (path: string) => readonly T[];
};

/** By the file they are in. */
const createFiled = <T extends { readonly span: Span }>(
  isWanted: (file: string) => boolean,
): Filed<T> => {
  const files = new Map<string, T[]>();
  return {
    add: (one) => {
      const { file } = one.span;
      const known = files.get(file);
      if (known !== undefined) known.push(one);
      else if (isWanted(file)) files.set(file, [one]);
    },
    of: (path) => files.get(path) ?? [],
  };
};

export const analyse = ({ entry, read, prelude, memo = new Map() }: AnalyseOptions): Analysis => {
  const reads = new Set<string>();
  const isUsers = (file: string): boolean => !isLibrary(file);
  const links = createFiled<NameLink>(isUsers);
  const observations = createFiled<Observation>(isUsers);
  const { diagnostics, files } = elaborate({
    entry,
    prelude,
    memo,
    link: links.add,
    observe: observations.add,
    resolve: resolveImport,
    read: (path) => {
      reads.add(path);
      return read(path);
    },
  });
  return {
    diagnostics: files.reduce((left, file) => applySuppressions(file, left), diagnostics),
    linksIn: links.of,
    observationsIn: observations.of,
    reads,
    textOf: (path) => files.find((file) => file.path === path)?.text ?? null,
  };
};

/** Of a file of the library: what its names stand for. The rest is checked with the compiler. */
export const analyseLibrary = ({ entry, read, prelude }: AnalyseOptions): Analysis => {
  const links = createFiled<NameLink>((file) => file === entry);
  elaborate({ entry, prelude, read, resolve: resolveImport, link: links.add, names: [] });
  return {
    diagnostics: [],
    linksIn: links.of,
    observationsIn: () => [],
    reads: new Set([entry]),
    textOf: (path) => (path === entry ? read(path) : null),
  };
};
