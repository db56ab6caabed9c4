// Tokens into other tokens: what repair puts in place of what was written.

import { createTokenInstance } from "chevrotain";
import type { IToken, TokenType } from "chevrotain";
import * as t from "./tokens.ts";

/** A token that nobody wrote, before `offset`. It has no width. */
export const virtualToken = (type: TokenType, image: string, offset: number): IToken =>
  createTokenInstance(type, image, offset, offset - 1, 1, 1, 1, 1);

/** A token read from the text at `start`, up to `end`. */
export const tokenAt = (
  type: TokenType,
  image: string,
  start: number,
  end: number = start + image.length,
): IToken => createTokenInstance(type, image, start, end - 1, 1, 1, 1, 1);

/** The same place read as another token. */
export const retype = (token: IToken, type: TokenType, image: string): IToken =>
  tokenAt(type, image, token.startOffset, tokenEnd(token));

/** Offset after the last character. */
export const tokenEnd = (token: IToken): number =>
  Math.max(token.startOffset, (token.endOffset ?? token.startOffset - 1) + 1);

const isOne = (types: readonly TokenType[]): ((token: IToken | undefined) => boolean) => {
  const indices = new Set(types.map((type) => type.tokenTypeIdx));
  return (token) => token !== undefined && indices.has(token.tokenTypeIdx);
};

/** An identifier or a soft keyword. */
export const isName = isOne([t.Identifier, ...t.softKeywords]);
export const isHardKeyword = isOne(t.hardKeywords);
export const isBinaryOperator = isOne([...t.binaryOperators, t.And, t.Or]);
/** Can this token be the last of an expression? */
export const endsExpression = isOne([
  t.Identifier,
  ...t.softKeywords,
  t.Int,
  t.Float,
  t.String,
  t.True,
  t.False,
  t.RParen,
  t.RBracket,
]);
/** Can this token be the first of an expression? */
export const startsExpression = isOne([
  t.Identifier,
  ...t.softKeywords,
  t.Int,
  t.Float,
  t.String,
  t.True,
  t.False,
  t.LParen,
  t.LBracket,
  t.Minus,
  t.Not,
  t.If,
  t.Next,
]);

export const isType = (token: IToken | undefined, ...types: readonly TokenType[]): boolean => {
  if (token === undefined) return false;
  for (const type of types) if (type.tokenTypeIdx === token.tokenTypeIdx) return true;
  return false;
};

const declKeywords = isOne([t.Model, t.Block, t.Cell, t.Fn, t.Train, t.Optimizer]);
/** No expression goes on here: one just ended, or a brace stands before. */
const isFree = (before: IToken | undefined): boolean =>
  before === undefined || endsExpression(before) || isType(before, t.LBrace, t.RBrace);

/** `model Name`, `import {`: a declaration other than `let` starts at `index`. Its name may be missing. */
export const startsDecl = (tokens: readonly IToken[], index: number): boolean => {
  const token = tokens[index];
  if (!startingWord(token)) return false;
  const before = tokens[index - 1];
  const following = tokens[index + 1];
  if (isType(before, t.Dot)) return false;
  if (isType(token, t.Import)) return isType(following, t.LBrace);
  if (!declKeywords(token)) return false;
  return isName(following) || (isType(following, t.LParen, t.LBrace) && isFree(before));
};

const plainStatement = isOne([t.Let, t.Param, t.Return]);
const namedStatement = isOne([t.State, t.Buffer, t.Data, t.Step, t.Metric]);
const openStatement = isOne([t.Require, t.Penalty, t.Minimize]);
/** Any word that can start a statement or a declaration: most tokens cannot. */
const startingWord = isOne([
  t.Let,
  t.Param,
  t.Return,
  t.Next,
  t.State,
  t.Buffer,
  t.Data,
  t.Step,
  t.Metric,
  t.Require,
  t.Penalty,
  t.Minimize,
  t.Import,
  t.Model,
  t.Block,
  t.Cell,
  t.Fn,
  t.Train,
  t.Optimizer,
]);

/**
 * A statement or a declaration starts at `index`. Soft keywords count only where no expression could
 * go on: right after another one ended, or after a brace.
 */
export const startsStatement = (tokens: readonly IToken[], index: number): boolean => {
  const token = tokens[index];
  if (!startingWord(token)) return false;
  const before = tokens[index - 1];
  const following = tokens[index + 1];
  if (isType(before, t.Dot) || isType(following, t.Equals)) return false;
  if (plainStatement(token) || startsDecl(tokens, index)) return true;
  if (isType(token, t.Next)) return isName(following) && isType(tokens[index + 2], t.Equals);
  if (!isFree(before)) return false;
  return namedStatement(token)
    ? isName(following)
    : openStatement(token) && startsExpression(following) && !isType(following, t.LParen);
};
