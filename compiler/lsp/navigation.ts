// From a name to where it is bound, to all its uses, and to those in the same document.

import { DocumentHighlightKind } from "vscode-languageserver";
import type { DocumentHighlight, Location } from "vscode-languageserver";
import { parse } from "../../grammar/parse.ts";
import { isDeclaration, linkAt, usesOf } from "./names.ts";
import { resolveImport } from "./paths.ts";
import { createPlaces } from "./places.ts";
import type { Workspace } from "./workspace.ts";

/** Of the path of an import its file; of what only the compiler knows, such as `exp`, nothing. */
export const definition = (workspace: Workspace, path: string, offset: number): Location | null => {
  const places = createPlaces(workspace);
  const target = linkAt(workspace, path, offset)?.target ?? null;
  if (target !== null) return places.location(target);
  const { file } = parse({ path, text: workspace.textOf(path) });
  for (const decl of file.decls) {
    if (decl.kind !== "import") continue;
    const { span, value } = decl.from;
    if (span.start <= offset && offset <= span.end)
      return places.location({ file: resolveImport(path, value), start: 0, end: 0 });
  }
  return null;
};

export const references = (
  workspace: Workspace,
  path: string,
  offset: number,
  withDeclaration: boolean,
): Location[] => {
  const link = linkAt(workspace, path, offset);
  if (link === null) return [];
  const { location } = createPlaces(workspace);
  return usesOf(workspace, link)
    .filter((use) => withDeclaration || !isDeclaration(use))
    .map(({ span }) => location(span));
};

export const highlights = (
  workspace: Workspace,
  path: string,
  offset: number,
): DocumentHighlight[] => {
  const link = linkAt(workspace, path, offset);
  if (link === null) return [];
  const { range } = createPlaces(workspace);
  return usesOf(workspace, link)
    .filter(({ span }) => span.file === path)
    .map((use) => ({
      range: range(use.span),
      kind: isDeclaration(use) ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
    }));
};
