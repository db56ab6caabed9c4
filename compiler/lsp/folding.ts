// What an editor can fold: brackets over several lines, comments in a row, imports in a row. Needs no text without errors.

import { FoldingRangeKind } from "vscode-languageserver";
import type { FoldingRange } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { lex } from "../../grammar/parse.ts";
import * as t from "../../grammar/tokens.ts";

type Lines = { readonly startLine: number; readonly endLine: number };

/** Closing bracket → the one that opens. */
const openers = new Map([
  [t.RBrace, t.LBrace],
  [t.RParen, t.LParen],
  [t.RBracket, t.LBracket],
]);
const opening: ReadonlySet<object> = new Set(openers.values());

/** Lines that follow each other, as ranges of two and more. */
const runs = (lines: readonly number[]): readonly Lines[] => {
  const found: Lines[] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last !== undefined && line <= last.endLine + 1)
      found[found.length - 1] = { ...last, endLine: line };
    else found.push({ startLine: line, endLine: line });
  }
  return found.filter(({ startLine, endLine }) => endLine > startLine);
};

export const foldingRanges = (document: TextDocument): FoldingRange[] => {
  const { tokens, comments } = lex(document.getText());
  const lineOf = ({ startOffset }: { readonly startOffset: number }): number =>
    document.positionAt(startOffset).line;
  const open: { readonly type: object; readonly line: number }[] = [];
  const brackets: Lines[] = [];
  for (const token of tokens) {
    const opener = openers.get(token.tokenType);
    if (opening.has(token.tokenType)) open.push({ type: token.tokenType, line: lineOf(token) });
    if (opener === undefined) continue;
    const start = open.findLastIndex(({ type }) => type === opener);
    const opened = open[start];
    if (opened === undefined) continue;
    open.length = start;
    // The closing bracket stays in sight.
    const endLine = lineOf(token) - 1;
    if (endLine > opened.line) brackets.push({ startLine: opened.line, endLine });
  }
  // A comment behind code is no part of a row of comments.
  const codeLines = new Set(tokens.map(lineOf));
  const ownLines = comments
    .map(lineOf)
    .filter((line) => !codeLines.has(line))
    .sort((a, b) => a - b);
  const imports = tokens.filter(({ tokenType }) => tokenType === t.Import).map(lineOf);
  return [
    ...brackets,
    ...runs(ownLines).map((lines) => ({ ...lines, kind: FoldingRangeKind.Comment })),
    ...runs(imports).map((lines) => ({ ...lines, kind: FoldingRangeKind.Imports })),
  ];
};
