// Tokens of other languages into a report each and, where there is one, the token that was meant.

import type { ILexingError, IToken, TokenType } from "chevrotain";
import type { Diagnostic, Help } from "./diagnostic.ts";
import { diagnostic, maxReports } from "./report.ts";
import type { Span } from "./span.ts";
import { retype, tokenAt, tokenEnd, virtualToken, isName, isType } from "./token-edit.ts";
import * as t from "./tokens.ts";

export type Repaired = {
  readonly tokens: readonly IToken[];
  readonly diagnostics: readonly Diagnostic[];
  /** Offsets of reports that leave their statement in doubt: the parser's own report there is dropped. */
  readonly excused: readonly number[];
};

/** What stands for a foreign sign: the right token, null when there is none, and the advice. */
type Meaning = {
  readonly type: TokenType | null;
  readonly image: string;
  readonly help: string;
};
const meaning = (type: TokenType | null, image: string, help: string): Meaning => ({
  type,
  image,
  help,
});

const arrow = meaning(t.Arrow, "->", "pipe with `->`");
const power = meaning(t.Caret, "^", "powers are written with `^`");
const both = meaning(t.And, "and", "join conditions with `and`");
const either = meaning(t.Or, "or", "join conditions with `or`");
const negation = meaning(t.Not, "not", "negate with `not`");
const equal = meaning(t.EqualEqual, "==", "compare with `==`");
const different = meaning(t.NotEqual, "!=", "compare with `!=`");
const times = meaning(t.Star, "*", "multiply with `*`");
const slice = meaning(t.Colon, ":", "a slice is `a:b`; it has no step");

const signs: Readonly<Record<string, Meaning>> = {
  "|>": arrow,
  "→": arrow,
  "**": power,
  "&&": both,
  "&": both,
  "∧": both,
  "||": either,
  "|": either,
  "∨": either,
  "!": negation,
  "¬": negation,
  "===": equal,
  "!==": different,
  "<>": different,
  "≠": different,
  "≤": meaning(t.LessEqual, "<=", "compare with `<=`"),
  "≥": meaning(t.GreaterEqual, ">=", "compare with `>=`"),
  "×": times,
  "·": times,
  "−": meaning(t.Minus, "-", "subtract with `-`"),
  "÷": meaning(t.Slash, "/", "divide with `/`"),
  ":=": meaning(t.Equals, "=", "bind with `=`"),
  "::": slice,
  "?": meaning(null, "", "choose with `if c then a else b`"),
};
const compound = /^[+\-*/%^@]=$/;

/** Reports every foreign token and every character that is none, and reads on with what was meant. */
export const repairForeign = (
  file: string,
  tokens: readonly IToken[],
  errors: readonly ILexingError[],
): Repaired => {
  const diagnostics: Diagnostic[] = errors
    .slice(0, maxReports)
    .map((error) => unknownCharacter(file, error));
  const excused = errors.map((error) => error.offset);
  const kept: IToken[] = [];
  const repeated = new Map<string, number>();
  const report = (problem: Diagnostic): void => {
    if (diagnostics.length < maxReports) diagnostics.push(problem);
  };
  tokens.forEach((token, index) => {
    const span: Span = { file, start: token.startOffset, end: tokenEnd(token) };
    const { image } = token;
    if (isType(token, t.ForeignString)) {
      const text = `"${image.slice(1, -1).replace(/\\'/g, "'").replaceAll('"', '\\"')}"`;
      report(
        diagnostic("DLM0110", span, {}, { helps: [replacement(`write \`${text}\``, span, text)] }),
      );
      kept.push(retype(token, t.String, text));
    } else if (isType(token, t.OpenString)) {
      const { tokens: read, end } = closeString(token);
      report(unclosedString({ ...span, end }));
      kept.push(...read);
    } else if (isType(token, t.BareFraction)) {
      const text = `0${image}`;
      report(
        diagnostic("DLM0113", span, {}, { helps: [replacement(`write \`${text}\``, span, text)] }),
      );
      kept.push(retype(token, t.Float, text));
    } else if (isType(token, t.ForeignComment)) {
      const mark = image.startsWith("#") ? "#" : "/*";
      const count = repeated.get(mark) ?? 0;
      repeated.set(mark, count + 1);
      if (count === 0) report(foreignComment(span, mark));
    } else if (isType(token, t.ForeignSign)) {
      if (image === ";") {
        const count = repeated.get(image) ?? 0;
        repeated.set(image, count + 1);
        if (count === 0) report(semicolon(span));
      } else if (compound.test(image)) {
        report(assignment(span, image, kept.at(-1)));
        readAsLet(kept, token);
      } else {
        const found = signs[image] ?? signInContext(image, tokens, index);
        report(foreignSign(span, image, found));
        if (found.type === null) excused.push(span.start);
        else kept.push(retype(token, found.type, found.image));
      }
    } else {
      kept.push(token);
    }
  });
  return { tokens: kept, diagnostics, excused };
};

/** `=>` starts the body of a function or leads to a stage; `..` is a rest or a slice. */
const signInContext = (image: string, tokens: readonly IToken[], index: number): Meaning => {
  if (image === "=>") {
    const header = /^(fn|def|function|func)$/;
    const named = tokens.slice(Math.max(0, index - 30), index).reverse();
    const start = named.findIndex((token) => header.test(token.image));
    const inHeader =
      start >= 0 && !named.slice(0, start).some((token) => isType(token, t.Equals, t.LBrace));
    return inHeader ? meaning(t.Equals, "=", "the body of a function follows `=`") : arrow;
  }
  const opens = isType(tokens[index - 1], t.LBracket, t.Comma);
  return opens ? meaning(t.Ellipsis, "...", "the rest of a shape is `...`") : slice;
};

/** `x += e` is read as `let x = e`, so that the rest of the file is not misread. */
const readAsLet = (kept: IToken[], token: IToken): void => {
  const name = kept.at(-1);
  if (isName(name) && !isType(kept.at(-2), t.Let, t.Next, t.Dot)) {
    kept.splice(-1, 0, virtualToken(t.Let, "let", name!.startOffset));
  }
  kept.push(retype(token, t.Equals, "="));
};

const tails: Readonly<Record<string, TokenType>> = {
  ")": t.RParen,
  "]": t.RBracket,
  "}": t.RBrace,
  ",": t.Comma,
};

/** An open string ran on to the end of its line: closing brackets at that end are read as brackets. */
const closeString = (
  token: IToken,
): { readonly tokens: readonly IToken[]; readonly end: number } => {
  const [tail = ""] = /[)\]},\s]*$/.exec(token.image) ?? [];
  const body = token.image.slice(0, token.image.length - tail.length);
  const end = token.startOffset + body.length;
  const closing = [...tail].flatMap((character, index) => {
    const type = tails[character];
    return type === undefined ? [] : [tokenAt(type, character, end + index)];
  });
  return { tokens: [tokenAt(t.String, `${body}"`, token.startOffset, end), ...closing], end };
};

const replacement = (text: string, span: Span, words: string): Help => ({
  text,
  fix: { span, text: words, safe: true },
});

const foreignSign = (span: Span, op: string, found: Meaning): Diagnostic =>
  diagnostic(
    "DLM0101",
    span,
    { op },
    {
      helps: [
        found.type === null
          ? { text: found.help }
          : {
              text: found.help,
              fix: {
                span,
                text: found.image === "not" ? "not " : found.image,
                safe: true,
                label: `replace with \`${found.image}\``,
              },
            },
      ],
    },
  );

const assignment = (span: Span, op: string, name: IToken | undefined): Diagnostic => {
  const word = isName(name) ? name!.image : "x";
  const text = `a value never changes; bind a new one: \`let ${word} = ${word} ${op[0]!} …\``;
  return diagnostic("DLM0101", span, { op }, { helps: [{ text }] });
};

const semicolon = (span: Span): Diagnostic =>
  diagnostic(
    "DLM0101",
    span,
    { op: ";" },
    {
      helps: [
        {
          text: "statements need no separator",
          fix: { span, text: "", safe: true, label: "remove `;`" },
        },
      ],
    },
  );

const foreignComment = (span: Span, mark: string): Diagnostic => {
  const place: Span = { ...span, end: span.start + mark.length };
  const help: Help =
    mark === "#"
      ? {
          text: "comments start with `//`",
          fix: { span: place, text: "//", safe: true, label: "replace with `//`" },
        }
      : { text: "start each line of a comment with `//`" };
  return diagnostic("DLM0111", place, { mark }, { helps: [help] });
};

const unclosedString = (span: Span): Diagnostic => {
  const end: Span = { ...span, start: span.end };
  return diagnostic(
    "DLM0109",
    span,
    {},
    { helps: [{ text: 'add `"` where it ends', fix: { span: end, text: '"', safe: false } }] },
  );
};

const lookalikes: Readonly<Record<string, string>> = {
  "'": 'strings are written in double quotes: `"same"`',
  "’": 'strings are written in double quotes: `"same"`',
  "\\": "an expression may span lines without a mark",
};

const unknownCharacter = (file: string, error: ILexingError): Diagnostic => {
  const [character = "?"] = [...error.message.matchAll(/->(.+?)<-/gsu)].map(([, found]) => found!);
  const shown = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)
    ? character
    : `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  const help = lookalikes[character];
  return diagnostic(
    "DLM0108",
    { file, start: error.offset, end: error.offset + error.length },
    { character: shown },
    { helps: help === undefined ? [] : [{ text: help }] },
  );
};
