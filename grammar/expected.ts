// A rule of the grammar and the token it wanted into the words "expected …" of a report.

import { EOF } from "chevrotain";
import type { IParserErrorMessageProvider, TokenType } from "chevrotain";
import * as t from "./tokens.ts";

/** What a rule as a whole stands for, where no single token was wanted. */
const wanted: Readonly<Record<string, string>> = {
  file: "a declaration",
  decl: "a declaration",
  netDecl: "a declaration",
  fnDecl: "`=` or a body in braces",
  result: "a type or named results",
  type: "a type such as `[B, 10]` or `int[B]`",
  dim: "a size",
  stmt: "a statement",
  letStmt: "`=`, `~` or a type",
  storeStmt: "`=` or `~`",
  trainItem: "a recipe item",
  stepItem: "`let`, `minimize` or `metric`",
  minimizeStmt: "`using` and an optimizer",
  target: "`using` and an optimizer",
  expr: "an expression",
  binary: "an expression",
  unary: "an expression",
  primary: "an expression",
  stage: "a layer, a function, `repeat` or `scan`",
  suffix: "an argument list, a subscript or a member",
  index: "a subscript",
  item: "an expression",
};

/** Rules where more of the list could have come before the closing token. */
const listRules = new Set(["params", "shape", "suffix", "primary", "letStmt", "importDecl"]);
const blocks: Readonly<Record<string, string>> = {
  body: "a statement or `}`",
  trainDecl: "a recipe item or `}`",
  stepDecl: "`let`, `minimize`, `metric` or `}`",
  stages: "`->` or `}`",
};

const closers: readonly TokenType[] = [t.RParen, t.RBracket, t.RBrace];

const expectedToken = (token: TokenType, rule: string): string => {
  if (token === t.Name || token === t.AnyName || token === t.Identifier) return "a name";
  if (token === EOF) return "a declaration";
  if (token === t.String) return "a string";
  if (token === t.RBrace && blocks[rule] !== undefined) return blocks[rule];
  const label = `\`${token.LABEL ?? token.name}\``;
  return closers.includes(token) && listRules.has(rule) ? `\`,\` or ${label}` : label;
};

/** The parser's messages hold only what was expected; `syntax-errors.ts` says the rest. */
export const expectedText: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) => expectedToken(expected, ruleName),
  buildNotAllInputParsedMessage: () => "a declaration",
  buildNoViableAltMessage: ({ ruleName }) => wanted[ruleName] ?? "something else",
  buildEarlyExitMessage: ({ ruleName }) => wanted[ruleName] ?? "something else",
};
