// Tokens with statements nobody can read into tokens with the statement that was meant, and a report.

import type { IToken, TokenType } from "chevrotain";
import type { Diagnostic } from "./diagnostic.ts";
import type { Repaired } from "./foreign.ts";
import { diagnostic, maxReports } from "./report.ts";
import type { Span } from "./span.ts";
import { nearest } from "./suggest.ts";
import {
  endsExpression,
  isHardKeyword,
  isName,
  isType,
  retype,
  startsDecl,
  startsStatement,
  tokenEnd,
  virtualToken,
} from "./token-edit.ts";
import * as t from "./tokens.ts";

/** `loop`: a body in braces that belong to nothing and are dropped. */
type Place = "top" | "body" | "train" | "loop" | "inside";

/** Words of other languages and what they are called here. */
const declWords: Readonly<Record<string, TokenType>> = {
  def: t.Fn,
  func: t.Fn,
  fun: t.Fn,
  function: t.Fn,
  class: t.Block,
  layer: t.Block,
  module: t.Block,
  network: t.Model,
  trainer: t.Train,
};
const letWords = new Set(["const", "var", "val", "auto", "set", "mut"]);
const loopWords = new Set(["for", "while", "loop"]);
const declKeywords = [t.Model, t.Block, t.Cell, t.Fn, t.Train, t.Optimizer, t.Import, t.Let];
const bodyKeywords = [t.Let, t.Param, t.Buffer, t.State, t.Next, t.Require, t.Penalty, t.Return];
const trainKeywords = [t.Let, t.Data, t.Step, t.Minimize, t.Metric, t.Require];
/** Tokens between `for` and its brace. */
const maxLoopHeader = 60;
/** Settings of a recipe: `epochs = 3` means `epochs: 3`, not a new value. */
const settings = new Set(
  "batch epochs steps seed shuffle drop_last validation early_stop precision memory deterministic accumulate ema log_every checkpoint_every".split(
    " ",
  ),
);

/** Expects balanced brackets. */
export const repairStatements = (
  file: string,
  text: string,
  tokens: readonly IToken[],
): Repaired => {
  const out: IToken[] = [];
  const places: Place[] = [];
  const diagnostics: Diagnostic[] = [];
  const excused: number[] = [];
  let decl: TokenType | null = null;
  const renamed = new Set<string>();
  const report = (problem: Diagnostic): void => {
    if (diagnostics.length < maxReports) diagnostics.push(problem);
  };
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]!;
    const place = places.at(-1) ?? "top";
    const before = out.at(-1);
    const following = tokens[index + 1];
    if (isType(token, t.Comma) && endsExpression(before) && isCloser(following)) continue;
    if (isReservedName(token, before, following)) {
      if (!renamed.has(token.image)) report(reservedWord(file, token));
      renamed.add(token.image);
      out.push(retype(token, t.Identifier, token.image));
      continue;
    }
    if (startsDecl(tokens, index)) renamed.clear();
    else if (renamed.has(token.image) && outsideOnly(token) && !startsStatement(tokens, index)) {
      out.push(retype(token, t.Identifier, token.image));
      continue;
    }
    const repair =
      place !== "inside" && startsUnread(token, before, following, place)
        ? readStatement(file, text, tokens, index, place, before)
        : null;
    if (repair !== null) {
      report(repair.problem);
      excused.push(token.startOffset);
      out.push(...repair.tokens);
      index += repair.taken - 1;
      if (repair.opensLoop) places.push("loop");
      continue;
    }
    if (startsDecl(tokens, index)) decl = token.tokenType;
    if (!isType(token, t.Import) && startsDecl(tokens, index) && !isName(following)) {
      report(missingName(file, token, following!));
      out.push(token, virtualToken(t.Identifier, "", tokenEnd(token)));
      continue;
    }
    if (isType(token, t.LBrace)) places.push(braceHolds(tokens, index, place, decl));
    else if (isType(token, t.LParen, t.LBracket)) places.push("inside");
    else if (isCloser(token) && places.pop() === "loop") continue;
    out.push(token);
  }
  return { tokens: out, diagnostics, excused };
};

const isCloser = (token: IToken | undefined): boolean =>
  isType(token, t.RParen, t.RBracket, t.RBrace);

/** Words that no expression holds: once one was meant as a name, it is one wherever it can be. */
const outsideOnly = (token: IToken): boolean => isType(token, t.Let, t.Param, ...declKeywords);

/** What a `{` opens: right after a header it is a body, in a recipe only `step … {` has one. */
const braceHolds = (
  tokens: readonly IToken[],
  index: number,
  place: Place,
  decl: TokenType | null,
): Place => {
  if (place === "inside") return "inside";
  if (place === "top") {
    if (isType(tokens[index - 1], t.Import)) return "inside";
    return decl === t.Train ? "train" : "body";
  }
  for (let back = index - 1; back > 0 && index - back < 40; back -= 1) {
    if (isType(tokens[back], t.LBrace, t.RBrace, t.Equals, t.Arrow, t.Return)) return "inside";
    if (isType(tokens[back], t.Step) && startsStatement(tokens, back)) return "train";
  }
  return "inside";
};

/** `let model = …`: a hard keyword right where a declaring word wants a name. */
const isReservedName = (
  token: IToken,
  before: IToken | undefined,
  following: IToken | undefined,
): boolean => {
  if (!isHardKeyword(token)) return false;
  if (isType(before, t.Let, t.Param, t.Fn, t.Model, t.Block, t.Cell, t.Train, t.Optimizer)) {
    return isType(following, t.Equals, t.Colon, t.Tilde, t.Comma, t.LParen, t.LBracket, t.LBrace);
  }
  if (isType(before, t.State, t.Buffer, t.Metric, t.Step)) {
    return isType(following, t.Equals, t.Colon, t.Tilde, t.LBrace);
  }
  return isType(before, t.LParen, t.Comma) && isType(following, t.Colon);
};

/** A word stands where a statement must start, and it starts none. */
const startsUnread = (
  token: IToken,
  before: IToken | undefined,
  following: IToken | undefined,
  place: Place,
): boolean => {
  if (!isName(token) || isType(before, t.Dot)) return false;
  const opens =
    isType(before, t.RBrace) ||
    (before === undefined ? place === "top" : isType(before, t.LBrace) || endsExpression(before));
  if (!opens) return false;
  if (isType(token, t.Identifier)) {
    if (place === "train" && isType(following, t.Colon)) return false;
    return !isType(before, t.State, t.Buffer, t.Data, t.Step, t.Metric, t.Over, t.Using, t.Clip);
  }
  return isType(following, t.Equals) && !isType(before, t.State, t.Buffer, t.Metric, t.Minimize);
};

type Repair = {
  readonly problem: Diagnostic;
  readonly tokens: readonly IToken[];
  /** How many of the tokens written these stand for. */
  readonly taken: number;
  /** The last of them was the brace of a loop. */
  readonly opensLoop: boolean;
};

const readStatement = (
  file: string,
  text: string,
  tokens: readonly IToken[],
  index: number,
  place: Place,
  before: IToken | undefined,
): Repair | null => {
  const token = tokens[index]!;
  const word = token.image;
  const following = tokens[index + 1];
  const span: Span = { file, start: token.startOffset, end: tokenEnd(token) };
  const ownLine =
    before === undefined ||
    isType(before, t.LBrace, t.RBrace) ||
    /[\n\r]/.test(text.slice(tokenEnd(before), token.startOffset));
  if (place === "train" && settings.has(word) && isType(following, t.Equals)) {
    return settingWithEquals(file, span, token, following!);
  }
  if (ownLine && definesName(tokens, index)) {
    const letToken = virtualToken(t.Let, "let", token.startOffset);
    const fix = {
      span: { ...span, end: span.start },
      text: "let ",
      safe: true,
      label: "insert `let `",
    };
    const problem = diagnostic(
      "DLM0103",
      span,
      { word },
      { helps: [{ text: `bind a new value with \`let ${word} = …\``, fix }] },
    );
    return { problem, tokens: [letToken, token], taken: 1, opensLoop: false };
  }
  if (!ownLine || !isName(following)) {
    return ownLine && place !== "top" && loopWords.has(word) ? loop(span, tokens, index) : null;
  }
  if (letWords.has(word)) return instead(span, token, t.Let, "bind a value with `let`");
  if (loopWords.has(word) && place !== "top") return loop(span, tokens, index);
  if (place === "top") {
    const type = declWords[word] ?? keywordLike(word, declKeywords);
    return type === null ? null : otherDecl(span, token, type);
  }
  const type = keywordLike(word, place === "train" ? trainKeywords : bodyKeywords);
  return type === null ? null : instead(span, token, type, null);
};

const keywordLike = (word: string, keywords: readonly TokenType[]): TokenType | null => {
  const meant = nearest(
    word,
    keywords.map(({ PATTERN }) => String(PATTERN)),
  );
  return keywords.find(({ PATTERN }) => PATTERN === meant) ?? null;
};

/** `h =`, `h ~`, `h: [B] =`, `a, b =` or `y[i, j] =` at `index`. */
const definesName = (tokens: readonly IToken[], index: number): boolean => {
  const following = tokens[index + 1];
  if (isType(following, t.Equals, t.Tilde)) return true;
  if (isType(following, t.Comma)) {
    let at = index + 1;
    while (isType(tokens[at], t.Comma) && isName(tokens[at + 1])) at += 2;
    return isType(tokens[at], t.Equals);
  }
  if (isType(following, t.Colon)) {
    const dtype = isName(tokens[index + 2]) ? 1 : 0;
    const end = closingBracket(tokens, index + 2 + dtype);
    return isType(tokens[end ?? index + 2 + dtype], t.Equals, t.Tilde);
  }
  const end = isType(following, t.LBracket) ? closingBracket(tokens, index + 1) : null;
  return end !== null && isType(tokens[end], t.Equals);
};

/** The index after the `]` that closes the `[` at `start`, null when there is no `[`. */
const closingBracket = (tokens: readonly IToken[], start: number): number | null => {
  if (!isType(tokens[start], t.LBracket)) return null;
  let depth = 0;
  for (let at = start; at < tokens.length && at < start + 200; at += 1) {
    if (isType(tokens[at], t.LBracket)) depth += 1;
    if (isType(tokens[at], t.RBracket)) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return null;
};

const instead = (span: Span, token: IToken, type: TokenType, help: string | null): Repair => {
  const right = String(type.PATTERN);
  const fix = { span, text: right, safe: true };
  const problem = diagnostic(
    "DLM0103",
    span,
    { word: token.image },
    help === null
      ? { label: `did you mean \`${right}\`?`, fix }
      : { helps: [{ text: help, fix: { ...fix, label: `replace with \`${right}\`` } }] },
  );
  return { problem, tokens: [retype(token, type, right)], taken: 1, opensLoop: false };
};

const otherDecl = (span: Span, token: IToken, type: TokenType): Repair => {
  const right = String(type.PATTERN);
  const problem = diagnostic(
    "DLM0107",
    span,
    { expected: "a declaration", found: `\`${token.image}\`` },
    { label: `did you mean \`${right}\`?`, fix: { span, text: right, safe: true } },
  );
  return { problem, tokens: [retype(token, type, right)], taken: 1, opensLoop: false };
};

/** The words up to the brace are passed over; the statements in the braces are read as the body's own. */
const loop = (span: Span, tokens: readonly IToken[], index: number): Repair => {
  const token = tokens[index]!;
  const ahead = tokens.slice(index, index + maxLoopHeader);
  const brace = ahead.findIndex((one) => isType(one, t.LBrace, t.RBrace, t.Let, t.Return));
  const opensLoop = isType(ahead[brace], t.LBrace);
  return {
    problem: diagnostic(
      "DLM0103",
      span,
      { word: token.image },
      {
        helps: [
          { text: "stack layers with `-> repeat n { … }`" },
          { text: "walk along an axis with `-> scan T { … }`" },
        ],
      },
    ),
    tokens: opensLoop ? [] : [token],
    taken: opensLoop ? brace + 1 : 1,
    opensLoop,
  };
};

const settingWithEquals = (file: string, span: Span, token: IToken, equals: IToken): Repair => {
  const fix = {
    span: { file, start: span.end, end: tokenEnd(equals) },
    text: ":",
    safe: true,
    label: "replace `=` with `:`",
  };
  const problem = diagnostic(
    "DLM0103",
    span,
    { word: token.image },
    { helps: [{ text: `a setting is written \`${token.image}: …\``, fix }] },
  );
  return { problem, tokens: [token, retype(equals, t.Colon, ":")], taken: 2, opensLoop: false };
};

const missingName = (file: string, token: IToken, following: IToken): Diagnostic => {
  const end = tokenEnd(token);
  const holes = { expected: "a name", found: `\`${following.image}\`` };
  return diagnostic("DLM0107", { file, start: end, end }, holes);
};

const reservedWord = (file: string, token: IToken): Diagnostic =>
  diagnostic(
    "DLM0105",
    { file, start: token.startOffset, end: tokenEnd(token) },
    { word: token.image },
    { helps: [{ text: `another name works, such as \`${token.image}_\`` }] },
  );
