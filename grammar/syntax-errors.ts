// The parser's complaints into reports: one for each root cause, with the advice its place allows.

import type { IRecognitionException, IToken } from "chevrotain";
import type { Detail, Diagnostic } from "./diagnostic.ts";
import { diagnostic, maxReports } from "./report.ts";
import type { Source, Span } from "./span.ts";
import {
  isBinaryOperator,
  isHardKeyword,
  isName,
  isType,
  startsDecl,
  startsExpression,
  startsStatement,
  tokenEnd,
} from "./token-edit.ts";
import * as t from "./tokens.ts";

/**
 * `excused` are the places of reports already made: what the parser says later in the same statement
 * is a consequence of those, and so is what it says while it still skips after another error.
 */
export const reportSyntaxErrors = (
  source: Source,
  tokens: readonly IToken[],
  errors: readonly IRecognitionException[],
  excused: readonly number[],
  decls: readonly number[],
): readonly Diagnostic[] => {
  const statements = tokens.flatMap((token, index) =>
    startsStatement(tokens, index) ? [token.startOffset] : [],
  );
  const taken = new Set(excused.map((place) => segment(statements, place)));
  // Once something is wrong in a declaration, its end is found by guessing.
  const doubtful = new Set(excused.map((place) => segment(decls, place)));
  const reports: Diagnostic[] = [];
  let skippedTo = -1;
  for (const error of errors) {
    if (reports.length >= maxReports) break;
    const place = placeOf(error, source.text);
    const statement = segment(statements, place);
    const decl = segment(decls, place);
    const cascade =
      place <= skippedTo || taken.has(statement) || (isAboutDecls(error) && doubtful.has(decl));
    skippedTo = Math.max(skippedTo, ...error.resyncedTokens.slice(-1).map(tokenEnd));
    taken.add(statement);
    doubtful.add(decl);
    if (!cascade) reports.push(explain(source, tokens, error));
  }
  return reports;
};

/** Offsets where declarations other than `let` start. */
export const declStarts = (tokens: readonly IToken[]): readonly number[] =>
  tokens.flatMap((token, index) => (startsDecl(tokens, index) ? [token.startOffset] : []));

/** What is said of a brace or a `let` at top level, when a declaration before it may have ended too soon. */
const followsFromLostEnd = ({ code, message }: Diagnostic): boolean =>
  code === "DLM0117" || (code === "DLM0106" && message.includes("`}`"));

/** Sorted by place, without those that follow from another report in the same declaration. */
export const dropCascades = (
  diagnostics: readonly Diagnostic[],
  decls: readonly number[],
): readonly Diagnostic[] => {
  const sorted = [...diagnostics].sort((a, b) => a.span.start - b.span.start);
  const wrong = new Set<number>();
  return sorted.filter((problem) => {
    const decl = segment(decls, problem.span.start);
    const cascade = decl > 0 && wrong.has(decl) && followsFromLostEnd(problem);
    if (!cascade) wrong.add(decl);
    return !cascade;
  });
};

/** How many of the sorted places are at or before `offset`: the number of its segment. */
export const segment = (places: readonly number[], offset: number): number => {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
};

const isAboutDecls = ({ message }: IRecognitionException): boolean => message === "a declaration";

/** Where the unfinished thing stands: an error shows only at the token after it. */
export const placeOf = (error: IRecognitionException, text: string): number => {
  const { previousToken } = error as { readonly previousToken?: IToken };
  const known = previousToken !== undefined && !Number.isNaN(previousToken.startOffset);
  return known && !isAboutDecls(error) ? previousToken.startOffset : offsetOf(error.token, text);
};

/** The end of the file is a token without a place. */
const offsetOf = (token: IToken, text: string): number =>
  Number.isNaN(token.startOffset) ? text.trimEnd().length : token.startOffset;

const explain = (
  source: Source,
  tokens: readonly IToken[],
  error: IRecognitionException,
): Diagnostic => {
  const { token, message: expected } = error;
  const index = tokens.indexOf(token);
  const start = offsetOf(token, source.text);
  const atEnd = index < 0;
  const span: Span = { file: source.path, start, end: atEnd ? start : tokenEnd(token) };
  if (isBinaryOperator(token)) {
    const pipe = pipelineBefore(tokens, index);
    if (pipe !== null) return operatorAfterStage(source, tokens, index, pipe, span);
  }
  if (expected === "a name" && isHardKeyword(token)) {
    const helps = [{ text: `another name works, such as \`${token.image}_\`` }];
    return diagnostic("DLM0105", span, { word: token.image }, { helps });
  }
  const found = atEnd ? "the end of the file" : `\`${shorten(token.image)}\``;
  const before = atEnd ? tokens.at(-1) : tokens[index - 1];
  const end = before === undefined ? start : tokenEnd(before);
  const nextLine = /[\n\r]/.test(source.text.slice(end, start)) && !wantsStatement(expected);
  const place = nextLine ? { ...span, start: end, end } : span;
  return diagnostic("DLM0107", place, { expected, found }, advice(source, tokens, index, error));
};

const wantsStatement = (expected: string): boolean =>
  expected === "a declaration" || /a statement|recipe item|`metric`/.test(expected);

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

const statementWords: Readonly<Record<string, string>> = {
  param: "a model, block or cell",
  buffer: "a model, block or cell",
  state: "a cell or an optimizer",
  return: "a model, block, cell or fn",
  next: "a cell, block or optimizer",
  penalty: "a model, block or cell",
  data: "a train recipe",
  minimize: "a train recipe",
  metric: "a train recipe",
  step: "a train recipe",
};

const advice = (
  source: Source,
  tokens: readonly IToken[],
  index: number,
  error: IRecognitionException,
): Detail => {
  const token = tokens[index];
  const before = tokens[index - 1];
  const { message: expected } = error;
  const home = token === undefined ? undefined : statementWords[token.image];
  if (isType(tokens[index - 1], t.Import)) {
    return { helps: [{ text: 'imports are written `import { Name } from "./file.dlm"`' }] };
  }
  const touching =
    before !== undefined && token !== undefined && tokenEnd(before) === token.startOffset;
  if (touching && isType(before, t.Int, t.Float) && (isName(token) || isType(token, t.LParen))) {
    const place: Span = { file: source.path, start: token.startOffset, end: token.startOffset };
    return {
      helps: [
        {
          text: `products are written out: \`${before.image} * ${token.image}\``,
          fix: { span: place, text: " * ", safe: false },
        },
      ],
    };
  }
  if (isAboutDecls(error)) {
    const note = "a file holds import, let, model, block, cell, fn, train and optimizer";
    return home === undefined
      ? { notes: [note] }
      : { helps: [{ text: `\`${token!.image}\` belongs in the body of ${home}` }] };
  }
  if (wantsStatement(expected) && home !== undefined) {
    return { helps: [{ text: `\`${token!.image}\` belongs in ${home}` }] };
  }
  if (isType(token, t.Equals) && !wantsStatement(expected) && expected !== "a name") {
    const span: Span = { file: source.path, start: token!.startOffset, end: tokenEnd(token!) };
    return { helps: [{ text: "compare with `==`", fix: { span, text: "==", safe: false } }] };
  }
  if (expected.startsWith("`,` or") && startsExpression(token) && before !== undefined) {
    const end = tokenEnd(before);
    const place: Span = { file: source.path, start: end, end };
    return {
      helps: [{ text: "separate them with `,`", fix: { span: place, text: ",", safe: false } }],
    };
  }
  if (wantsStatement(expected) && token !== undefined) {
    const words = expected.includes("recipe")
      ? "data, let, minimize, metric, require, step and settings such as `batch: 64`"
      : expected.includes("`metric`")
        ? "let, minimize and metric"
        : "let, param, buffer, state, next, require, penalty and return";
    return { notes: [`statements here start with ${words}`] };
  }
  return {};
};

type Pipe = {
  /** Index of the first token of the expression. */
  readonly start: number;
  /** Index of the first token of its last stage. */
  readonly stage: number;
};

/** The pipeline that ends right before `index`, null when there is none. */
const pipelineBefore = (tokens: readonly IToken[], index: number): Pipe | null => {
  let depth = 0;
  let stage: number | null = null;
  let at = index - 1;
  for (; at >= 0; at -= 1) {
    const token = tokens[at]!;
    if (isType(token, t.RParen, t.RBracket, t.RBrace)) depth += 1;
    else if (isType(token, t.LParen, t.LBracket, t.LBrace)) depth -= 1;
    if (depth < 0) break;
    if (depth > 0) continue;
    if (isType(token, t.Arrow)) stage ??= at + 1;
    const opens = isType(
      token,
      t.Equals,
      t.Tilde,
      t.Comma,
      t.Colon,
      t.If,
      t.Then,
      t.Else,
      t.Return,
    );
    if (opens || isType(token, t.Minimize, t.Penalty, t.Require)) break;
    if (startsDecl(tokens, at)) return null;
  }
  return stage === null ? null : { start: at + 1, stage };
};

const operatorWords: Readonly<Record<string, string>> = {
  "+": "plus",
  "-": "minus",
  "*": "times",
  "/": "divided by",
  "@": "times",
};
/** A longer quotation is cut down to `…`. */
const maxQuotation = 60;

const operatorAfterStage = (
  source: Source,
  tokens: readonly IToken[],
  index: number,
  pipe: Pipe,
  span: Span,
): Diagnostic => {
  const op = tokens[index]!.image;
  const quote = (from: number, to: number): string =>
    source.text.slice(tokens[from]!.startOffset, tokenEnd(tokens[to]!));
  const rightEnd = operandEnd(tokens, index + 1);
  const right = rightEnd < index + 1 ? "…" : quote(index + 1, rightEnd);
  const whole = quote(pipe.start, index - 1);
  const stage = quote(pipe.stage, index - 1);
  const fits = (text: string): boolean => text.length <= maxQuotation && !/[\n\r]/.test(text);
  const word = operatorWords[op];
  const question = `is it \`${stage} ${op} ${right}\` or the whole pipeline ${word} \`${right}\`?`;
  const short = fits(`${whole} ${op} ${right}`);
  return diagnostic(
    "DLM0104",
    span,
    { op },
    {
      label:
        short && word !== undefined ? question : "does it follow the stage or the whole pipeline?",
      helps: [
        {
          text: `write \`(${short ? whole : "… -> …"}) ${op} ${short ? right : "…"}\``,
          fix: {
            span: {
              file: source.path,
              start: tokens[pipe.start]!.startOffset,
              end: tokenEnd(tokens[index - 1]!),
            },
            text: `(${whole})`,
            safe: false,
          },
        },
      ],
    },
  );
};

/** Index of the last token of the operand that starts at `start`: up to the next separator at its level. */
const operandEnd = (tokens: readonly IToken[], start: number): number => {
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at]!;
    if (depth === 0) {
      const ends = isType(token, t.Comma, t.Colon, t.Arrow, t.Then, t.Else, t.Over, t.Using);
      if (ends || startsStatement(tokens, at)) return at - 1;
    }
    if (isType(token, t.LParen, t.LBracket, t.LBrace)) depth += 1;
    if (isType(token, t.RParen, t.RBracket, t.RBrace)) depth -= 1;
    if (depth < 0) return at - 1;
  }
  return tokens.length - 1;
};
