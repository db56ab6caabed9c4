// A new name for a declaration and all its uses: made only where every name means afterwards what it meant before.

import { ErrorCodes, ResponseError } from "vscode-languageserver";
import type { Range, WorkspaceEdit } from "vscode-languageserver";
import { applyFixes } from "../../grammar/apply-fixes.ts";
import type { Diagnostic, Fix } from "../../grammar/diagnostic.ts";
import { lex } from "../../grammar/parse.ts";
import { Identifier } from "../../grammar/tokens.ts";
import { isLibrary } from "../frontend/library.ts";
import type { NameLink } from "../frontend/name-links.ts";
import type { Analysis } from "./analyse.ts";
import { linkAt, usesOf } from "./names.ts";
import { createPlaces } from "./places.ts";
import type { Workspace } from "./workspace.ts";

const refuse = (reason: string): ResponseError<void> =>
  new ResponseError(ErrorCodes.InvalidRequest, reason);

const isName = (text: string): boolean => {
  const { tokens } = lex(text);
  return tokens.length === 1 && tokens[0]?.tokenType === Identifier && tokens[0].image === text;
};

/** What would be renamed at an offset; an error says why it cannot be. */
export const prepareRename = (
  workspace: Workspace,
  path: string,
  offset: number,
): Range | ResponseError<void> | null => {
  const link = linkAt(workspace, path, offset);
  if (link === null) return null;
  if (link.target === null) return refuse(`\`${link.text}\` is part of the language`);
  if (isLibrary(link.target.file)) return refuse(`\`${link.text}\` belongs to the library`);
  return link.text === "..." ? null : createPlaces(workspace).range(link.span);
};

export const rename = (
  workspace: Workspace,
  path: string,
  offset: number,
  name: string,
): WorkspaceEdit | ResponseError<void> | null => {
  const prepared = prepareRename(workspace, path, offset);
  const link = linkAt(workspace, path, offset);
  if (prepared === null || link === null || prepared instanceof ResponseError)
    return prepared instanceof ResponseError ? prepared : null;
  if (!isName(name)) return refuse(`\`${name}\` cannot be a name`);
  const fixes = placesOf(workspace, link).map(({ span }): Fix => ({
    span,
    text: name,
    safe: true,
  }));
  const reason = whyNot(workspace, fixes, name);
  if (reason !== null) return refuse(reason);
  const { range } = createPlaces(workspace);
  const changes: NonNullable<WorkspaceEdit["changes"]> = {};
  for (const { span } of fixes)
    (changes[workspace.uriOf(span.file)] ??= []).push({ range: range(span), newText: name });
  return { changes };
};

/** All that write the same name; an alias (`import { A as B }`) is known in its own file alone. */
const placesOf = (workspace: Workspace, link: NameLink): readonly NameLink[] => {
  const { target, text, span } = link;
  const declared =
    target === null ? "" : workspace.textOf(target.file).slice(target.start, target.end);
  return usesOf(workspace, link).filter(
    (use) => use.text === text && (text === declared || use.span.file === span.file),
  );
};

const whyNot = (workspace: Workspace, fixes: readonly Fix[], name: string): string | null => {
  const changed = new Set(fixes.map(({ span }) => span.file));
  const texts = new Map(
    [...changed].map((file) => [
      file,
      applyFixes(
        workspace.textOf(file),
        fixes.filter(({ span }) => span.file === file),
      ),
    ]),
  );
  for (const [entry, before] of workspace.analyses()) {
    if (![...changed].some((file) => before.reads.has(file))) continue;
    const after = workspace.analyseWith(entry, texts);
    for (const file of before.reads)
      if (meanings(before, file) !== meanings(after, file))
        return `\`${name}\` would stand for something else in places`;
    const [wrong, more] = [errorsOf(before), errorsOf(after)];
    if (more.length > wrong.length) {
      const said = new Set(wrong.map(({ message }) => message));
      return `then ${(more.find(({ message }) => !said.has(message)) ?? more[0])?.message}`;
    }
  }
  return null;
};

const errorsOf = ({ diagnostics }: Analysis): readonly Diagnostic[] =>
  diagnostics.filter(({ severity }) => severity === "error");

/** For each name of a file in order, the number of the name that binds it, counted in its file. */
const meanings = (analysis: Analysis, file: string): string => {
  const inOrder = (path: string): readonly number[] =>
    [...new Set(analysis.linksIn(path).map(({ span }) => span.start))].sort((a, b) => a - b);
  const orders = new Map<string, readonly number[]>();
  const order = (path: string): readonly number[] => {
    const known = orders.get(path) ?? inOrder(path);
    orders.set(path, known);
    return known;
  };
  return analysis
    .linksIn(file)
    .toSorted((a, b) => a.span.start - b.span.start)
    .map(({ target }) => {
      if (target === null) return "-";
      const { file: from, start } = target;
      return `${from}:${isLibrary(from) ? start : order(from).indexOf(start)}`;
    })
    .join(" ");
};
