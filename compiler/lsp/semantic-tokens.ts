// The tokens of a document, each with what it is: words by what they stand for, everything else as the lexer has it.

import { SemanticTokensBuilder } from "vscode-languageserver";
import type { SemanticTokens, SemanticTokensLegend } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { IToken } from "chevrotain";
import { lex } from "../../grammar/parse.ts";
import * as t from "../../grammar/tokens.ts";
import { isLibrary } from "../frontend/library.ts";
import type { NameKind, NameLink } from "../frontend/name-links.ts";
import { isDeclaration } from "./names.ts";

const tokenTypes = [
  "keyword",
  "comment",
  "string",
  "number",
  "operator",
  "type",
  "class",
  "function",
  "variable",
  "parameter",
  "typeParameter",
  "property",
] as const;
const tokenModifiers = ["declaration", "defaultLibrary", "documentation"] as const;
type TokenType = (typeof tokenTypes)[number];
type Modifier = (typeof tokenModifiers)[number];

export const legend: SemanticTokensLegend = {
  tokenTypes: [...tokenTypes],
  tokenModifiers: [...tokenModifiers],
};

const typeOfKind: Readonly<Record<NameKind, TokenType>> = {
  let: "variable",
  part: "variable",
  data: "parameter",
  config: "parameter",
  size: "typeParameter",
  list: "typeParameter",
  index: "variable",
  letter: "variable",
  param: "property",
  buffer: "property",
  state: "property",
  argument: "parameter",
  model: "class",
  block: "class",
  cell: "class",
  optimizer: "class",
  train: "class",
  fn: "function",
  "built-in": "function",
  const: "variable",
};

type Kind = { readonly type: TokenType; readonly modifiers: readonly Modifier[] };
const plain = (type: TokenType): Kind => ({ type, modifiers: [] });

const ofLink = (link: NameLink): Kind => ({
  type: typeOfKind[link.kind],
  modifiers: [
    ...(isDeclaration(link) ? ["declaration" as const] : []),
    ...(link.target === null || isLibrary(link.target.file) ? ["defaultLibrary" as const] : []),
  ],
});

const operators: ReadonlySet<object> = new Set([...t.binaryOperators, t.Arrow, t.Equals, t.Tilde]);
const hard: ReadonlySet<object> = new Set(t.hardKeywords);
const soft: ReadonlySet<object> = new Set(t.softKeywords);
const dtypes: ReadonlySet<string> = new Set(["float", "int", "bool"]);

/** A word after a dot, or before `=` or `:`, is the name of something that is looked up elsewhere. */
const isMember = (before: IToken | undefined, after: IToken | undefined): boolean =>
  before?.tokenType === t.Dot || after?.tokenType === t.Equals || after?.tokenType === t.Colon;

/** Null where an editor has nothing to colour. */
const ofToken = (
  token: IToken,
  before: IToken | undefined,
  after: IToken | undefined,
): Kind | null => {
  const { tokenType, image } = token;
  if (operators.has(tokenType)) return plain("operator");
  if (tokenType === t.Int || tokenType === t.Float) return plain("number");
  if (tokenType === t.String) return plain("string");
  const isWord = tokenType === t.Identifier || soft.has(tokenType) || hard.has(tokenType);
  if (!isWord) return null;
  if (isMember(before, after)) return plain("property");
  if (tokenType !== t.Identifier) return plain("keyword");
  return dtypes.has(image) ? plain("type") : null;
};

/** `links`: what the names of the document stand for. */
export const semanticTokens = (
  document: TextDocument,
  links: readonly NameLink[],
): SemanticTokens => {
  const { tokens, comments } = lex(document.getText());
  const byStart = new Map(links.map((link) => [link.span.start, link]));
  const builder = new SemanticTokensBuilder();
  const found = [
    ...tokens.map((token, i) => {
      const link = byStart.get(token.startOffset);
      return [
        token,
        link?.text === token.image ? ofLink(link) : ofToken(token, tokens[i - 1], tokens[i + 1]),
      ] as const;
    }),
    ...comments.map((token) => {
      const isDoc = token.tokenType === t.DocComment;
      return [token, { type: "comment", modifiers: isDoc ? ["documentation"] : [] }] as const;
    }),
  ].sort(([a], [b]) => a.startOffset - b.startOffset);
  for (const [token, kind] of found) {
    if (kind === null) continue;
    const { line, character } = document.positionAt(token.startOffset);
    const type = tokenTypes.indexOf(kind.type as TokenType);
    const bits = kind.modifiers.reduce(
      (sum, one) => sum | (1 << tokenModifiers.indexOf(one as Modifier)),
      0,
    );
    builder.push(line, character, token.image.length, type, bits);
  }
  return builder.build();
};
