// The call that a place is in the arguments of, and what is called.

import type { IToken } from "chevrotain";
import * as t from "../../grammar/tokens.ts";
import type { Named } from "../frontend/declare.ts";
import type { Workspace } from "./workspace.ts";

export type OpenCall = {
  readonly callee: IToken;
  /** What is written of its arguments so far. */
  readonly args: readonly IToken[];
};

const closing: readonly unknown[] = [t.RParen, t.RBracket, t.RBrace];
const opening: readonly unknown[] = [t.LParen, t.LBracket, t.LBrace];

/** Those that end at an offset or before it. */
export const tokensBefore = (tokens: readonly IToken[], offset: number): IToken[] =>
  tokens.filter(({ startOffset, image }) => startOffset + image.length <= offset);

/** The call whose argument comes next: the name before the innermost bracket that is open. */
export const openCall = (before: readonly IToken[]): OpenCall | null => {
  let depth = 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const { tokenType } = before[i]!;
    if (closing.includes(tokenType)) depth += 1;
    else if (opening.includes(tokenType)) {
      const callee = before[i - 1];
      if (depth === 0)
        return tokenType !== t.LParen || callee === undefined
          ? null
          : { callee, args: before.slice(i + 1) };
      depth -= 1;
    }
  }
  return null;
};

/** The argument that comes next: how many are before it, and its name if that is written. */
export const argumentAt = (
  args: readonly IToken[],
): { readonly position: number; readonly name: string | null } => {
  let depth = 0;
  let position = 0;
  let start = 0;
  args.forEach(({ tokenType }, i) => {
    if (opening.includes(tokenType)) depth += 1;
    else if (closing.includes(tokenType)) depth -= 1;
    else if (tokenType === t.Comma && depth === 0) {
      position += 1;
      start = i + 1;
    }
  });
  const [first, second] = args.slice(start);
  return { position, name: second?.tokenType === t.Equals ? first!.image : null };
};

/** Null where nothing is known of the name, and for what only the compiler knows. */
export const declarationAt = (workspace: Workspace, path: string, name: IToken): Named | null => {
  const links = workspace.analysisOf(path).linksIn(path);
  const link = links.find(
    ({ span, target }) => span.start === name.startOffset && target?.start !== span.start,
  );
  return link?.decl ?? (link === undefined ? workspace.libraryDeclaration(name.image) : null);
};
