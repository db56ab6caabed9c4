// Where a name is bound and where it is used, in all files that open documents reach.

import type { Span } from "../../grammar/span.ts";
import type { NameLink } from "../frontend/name-links.ts";
import type { Workspace } from "./workspace.ts";

const sameSpan = (a: Span | null, b: Span | null): boolean =>
  a !== null && b !== null && a.file === b.file && a.start === b.start && a.end === b.end;

/** The name at an offset, also right behind its last letter. */
export const linkAt = (workspace: Workspace, path: string, offset: number): NameLink | null =>
  workspace
    .analysisOf(path)
    .linksIn(path)
    .find(({ span }) => span.start <= offset && offset <= span.end) ?? null;

/** Every place that writes a name of `link`'s target, its declaration first. */
export const usesOf = (workspace: Workspace, { target }: NameLink): readonly NameLink[] => {
  const found: NameLink[] = [];
  for (const link of workspace.links())
    if (sameSpan(link.target, target) && !found.some(({ span }) => sameSpan(span, link.span)))
      found.push(link);
  return found.sort(
    (a, b) =>
      Number(isDeclaration(b)) - Number(isDeclaration(a)) ||
      a.span.file.localeCompare(b.span.file) ||
      a.span.start - b.span.start,
  );
};

export const isDeclaration = ({ span, target }: NameLink): boolean => sameSpan(span, target);
