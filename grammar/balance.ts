// Tokens whose brackets may not match into tokens whose brackets do, with a report for each that did not.

import type { IToken, TokenType } from "chevrotain";
import type { Diagnostic, Label } from "./diagnostic.ts";
import type { Repaired } from "./foreign.ts";
import { maxNesting } from "./nesting.ts";
import { diagnostic, maxReports } from "./report.ts";
import type { Span } from "./span.ts";
import {
  endsExpression,
  isName,
  isType,
  retype,
  startsDecl,
  startsStatement,
  tokenEnd,
  virtualToken,
} from "./token-edit.ts";
import * as t from "./tokens.ts";

type Bracket = { readonly image: string; readonly type: TokenType };
const closerOf: Readonly<Record<string, Bracket>> = {
  "(": { image: ")", type: t.RParen },
  "[": { image: "]", type: t.RBracket },
  "{": { image: "}", type: t.RBrace },
};

/** Tokens that are looked at to tell a superfluous closer from a wrong one. */
const maxLookahead = 200;

type Frame = {
  readonly opener: IToken;
  /** A brace around stages, after `repeat` or `scan`; other braces hold statements. */
  readonly stages: boolean;
  /** The brace of `step name {`, which holds no other step, data or setting. */
  readonly step: boolean;
  /** A parenthesis right after an expression: arguments or parameters. */
  readonly call: boolean;
  /** Where the first `->` directly inside stands in the output, null before there is one. */
  arrow: number | null;
  /** `repeat` or `scan` was read and its brace is still to come. */
  pending: boolean;
};

/** Closes what is open where it must have ended, and drops what closes nothing. */
export const balance = (file: string, tokens: readonly IToken[]): Repaired => {
  const diagnostics: Diagnostic[] = [];
  const state: State = {
    file,
    out: [],
    stack: [],
    report: (problem) => {
      if (diagnostics.length < maxReports) diagnostics.push(problem);
    },
  };
  let pending = false;
  // The keyword of a declaration whose body is still to come.
  let header: IToken | null = null;
  let step = false;
  const setPending = (value: boolean): void => {
    const top = state.stack.at(-1);
    if (top === undefined) pending = value;
    else top.pending = value;
  };
  tokens.forEach((token, index) => {
    const { out, stack } = state;
    if (startsStatement(tokens, index)) {
      const decl = startsDecl(tokens, index);
      const ends = isType(token, t.Step, t.Data);
      closeDown(state, token, (frame) => decl || !isBody(frame) || (ends && frame.step));
      step = isType(token, t.Step);
      setPending(false);
      if (decl) {
        header = isType(token, t.Import) ? null : token;
      } else if (header !== null && stack.length === 0) {
        state.report(missingBrace(file, token, out.at(-1)!));
        pushOpener(state, virtualToken(t.LBrace, "{", token.startOffset), false, false);
        header = null;
      }
    }
    if (stack.at(-1)?.step === true && isSetting(tokens, index)) {
      closeDown(state, token, (frame) => frame.step);
    }
    if (isType(token, t.Equals) && isType(header ?? undefined, t.Fn) && stack.length === 0) {
      header = null;
    }
    if (isType(token, t.Repeat, t.Scan)) {
      setPending(!(isName(tokens[index - 1]) && isType(tokens[index - 2], t.Step)));
    }
    if (isType(token, t.Arrow)) {
      const top = stack.at(-1);
      if (top !== undefined) top.arrow ??= out.length;
    }
    if (isType(token, t.LParen, t.LBracket, t.LBrace)) {
      const stages = isType(token, t.LBrace) && (stack.at(-1)?.pending ?? pending);
      if (isType(token, t.LBrace) && !stages) {
        closeDown(state, token, (frame) => !isBody(frame));
      }
      setPending(false);
      if (isType(token, t.LBrace) && !stages) header = null;
      pushOpener(state, token, stages, step && isType(token, t.LBrace) && !stages);
      if (isType(token, t.LBrace)) step = false;
    } else if (isType(token, t.RParen, t.RBracket, t.RBrace)) {
      close(state, tokens, index);
    } else {
      out.push(token);
    }
  });
  closeDown(state, null, () => true);
  return {
    tokens: state.out,
    diagnostics,
    excused: diagnostics.map(({ span }) => span.start),
  };
};

type State = {
  readonly file: string;
  readonly out: IToken[];
  readonly stack: Frame[];
  readonly report: (problem: Diagnostic) => void;
};

/** A brace that holds statements. */
const isBody = (frame: Frame): boolean => frame.opener.image === "{" && !frame.stages;

/** `batch: 64` where a statement may start. */
const isSetting = (tokens: readonly IToken[], index: number): boolean =>
  isType(tokens[index], t.Identifier) &&
  isType(tokens[index + 1], t.Colon) &&
  (endsExpression(tokens[index - 1]) || isType(tokens[index - 1], t.RBrace));

const pushOpener = (
  { out, stack }: State,
  opener: IToken,
  stages: boolean,
  step: boolean,
): void => {
  const call = !isType(opener, t.LBrace) && endsExpression(out.at(-1));
  out.push(opener);
  stack.push({ opener, stages, step, call, arrow: null, pending: false });
};

const close = (state: State, tokens: readonly IToken[], index: number): void => {
  const token = tokens[index]!;
  const { out, stack, file } = state;
  const matches = (frame: Frame): boolean => closerOf[frame.opener.image]!.image === token.image;
  const top = stack.at(-1);
  if (top !== undefined && matches(top)) {
    stack.pop();
    out.push(token);
    return;
  }
  const near = stack.slice(-maxNesting);
  const body = near.findLastIndex(isBody);
  const opener = near.findLastIndex(matches);
  if (opener >= 0 && opener >= body) {
    closeDown(state, token, (frame) => !matches(frame));
    stack.pop();
    out.push(token);
  } else if (top !== undefined && top.opener.image !== "{" && token.image !== "}") {
    if (closesLater(tokens, index, closerOf[top.opener.image]!.image)) {
      state.report(unopened(file, token));
      return;
    }
    state.report(wrongCloser(file, top.opener, token));
    const right = closerOf[top.opener.image]!;
    stack.pop();
    out.push(retype(token, right.type, right.image));
  } else {
    state.report(unopened(file, token));
  }
};

/** Does the right closer follow in the same statement, so that the wrong one is merely too much? */
const closesLater = (tokens: readonly IToken[], index: number, closer: string): boolean => {
  let depth = 0;
  for (let at = index + 1; at < Math.min(tokens.length, index + maxLookahead); at += 1) {
    const token = tokens[at]!;
    if (startsStatement(tokens, at)) return false;
    if (isType(token, t.LParen, t.LBracket, t.LBrace)) depth += 1;
    else if (isType(token, t.RParen, t.RBracket, t.RBrace)) {
      if (depth === 0) return token.image === closer;
      depth -= 1;
    }
  }
  return false;
};

/**
 * Closes frames from the innermost out while `open` holds: `at` shows that they must have ended. A call
 * that holds a pipeline is closed before its first `->`, as in `Dense(128 -> relu`.
 */
const closeDown = (state: State, at: IToken | null, open: (frame: Frame) => boolean): void => {
  const { out, stack, file } = state;
  let place = out.length;
  let first: Gap | null = null;
  const added: string[] = [];
  for (let frame = stack.at(-1); frame !== undefined && open(frame); frame = stack.at(-1)) {
    stack.pop();
    if (frame.call && frame.arrow !== null) place = Math.min(place, frame.arrow);
    const { image, type } = closerOf[frame.opener.image]!;
    const before = out[place - 1]!;
    if (!isVirtual(frame.opener)) {
      first ??= { frame, before, after: out[place] ?? at };
      added.push(frame.opener.image === "{" && !frame.stages ? `\n${image}` : image);
    }
    out.splice(place, 0, virtualToken(type, image, tokenEnd(before)));
    place += 1;
  }
  if (first !== null) state.report(unclosed(file, first, added, at));
};

const isVirtual = (token: IToken): boolean => tokenEnd(token) === token.startOffset;

const spanOf = (file: string, token: IToken): Span => ({
  file,
  start: token.startOffset,
  end: tokenEnd(token),
});

/** What was left open, and the tokens around the place where it is closed. */
type Gap = { readonly frame: Frame; readonly before: IToken; readonly after: IToken | null };

const unclosed = (
  file: string,
  { frame, before, after }: Gap,
  added: readonly string[],
  at: IToken | null,
): Diagnostic => {
  const { image } = frame.opener;
  const end = tokenEnd(before);
  const words =
    added.length > 3 ? "closing brackets" : `\`${added.join("").replaceAll("\n", " ").trim()}\``;
  const place = !isType(before, t.RParen, t.RBracket, t.RBrace)
    ? `after \`${before.image}\``
    : after === null
      ? "at the end"
      : `before \`${after.image}\``;
  const fix = { span: { file, start: end, end }, text: added.join(""), safe: false };
  return diagnostic(
    "DLM0102",
    spanOf(file, frame.opener),
    { open: image },
    {
      label: "opened here",
      labels: at === null ? [] : [evidence(file, at)],
      helps: [{ text: `add ${words} ${place}`, fix }],
    },
  );
};

const evidence = (file: string, at: IToken): Label => {
  const text = isType(at, t.RParen, t.RBracket, t.RBrace)
    ? `this \`${at.image}\` comes first`
    : isType(at, t.LBrace)
      ? "a body starts here"
      : isType(at, t.Model, t.Block, t.Cell, t.Fn, t.Train, t.Optimizer, t.Import)
        ? "a new declaration starts here"
        : "a new statement starts here";
  return { span: spanOf(file, at), text };
};

const missingBrace = (file: string, token: IToken, before: IToken): Diagnostic => {
  const end = tokenEnd(before);
  const fix = { span: { file, start: end, end }, text: " {", safe: false };
  return diagnostic(
    "DLM0107",
    { file, start: end, end },
    { expected: "`{`", found: `\`${token.image}\`` },
    { helps: [{ text: `the body of a declaration stands in braces`, fix }] },
  );
};

const wrongCloser = (file: string, opener: IToken, token: IToken): Diagnostic => {
  const right = closerOf[opener.image]!.image;
  const span = spanOf(file, token);
  return diagnostic(
    "DLM0102",
    spanOf(file, opener),
    { open: opener.image },
    {
      label: "opened here",
      labels: [{ span, text: `closed by \`${token.image}\` here` }],
      helps: [{ text: `close it with \`${right}\``, fix: { span, text: right, safe: false } }],
    },
  );
};

const unopened = (file: string, token: IToken): Diagnostic => {
  const span = spanOf(file, token);
  return diagnostic(
    "DLM0106",
    span,
    { close: token.image },
    {
      helps: [
        {
          text: `remove \`${token.image}\``,
          fix: { span, text: "", safe: false },
        },
      ],
    },
  );
};
