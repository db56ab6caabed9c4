// The text of one file into its syntax tree and what is wrong with its syntax. Never throws.

import type { IToken } from "chevrotain";
import type { File } from "./ast.ts";
import { buildFile } from "./build-ast.ts";
import type * as cst from "./cst.gen.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { findTooDeep } from "./nesting.ts";
import { DlmParser } from "./parser.ts";
import { diagnostic } from "./report.ts";
import type { Source, Span } from "./span.ts";
import { createTokenizer } from "./tokens.ts";

export type Parsed = { readonly file: File; readonly diagnostics: readonly Diagnostic[] };

/** A longer text is refused unread: it is no program but a mistake, such as a data file. */
export const maxCharacters = 4_000_000;

const once = <T>(create: () => T): (() => T) => {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: create() }).value;
};

// The lexer and the parser are built on first use and reused: they keep nothing between two texts.
const tokenizer = once(createTokenizer);
const parser = once(() => new DlmParser({ validate: false }));

/** Parses a file. With errors the tree holds what could be read; declarations with a gap are `broken`. */
export const parse = (source: Source): Parsed => {
  const { path, text } = source;
  const refuse = (problem: Diagnostic): Parsed => ({
    file: { kind: "file", span: { file: path, start: 0, end: 0 }, decls: [], broken: true },
    diagnostics: [problem],
  });
  const span = (start: number, end: number): Span => ({ file: path, start, end });
  if (text.length > maxCharacters) {
    return refuse(diagnostic("DLM0115", span(0, 0), { size: text.length, limit: maxCharacters }));
  }
  const lexed = tokenizer()(text);
  const diagnostics: Diagnostic[] = [];
  const tokens = lexed.tokens;
  const deep = findTooDeep(tokens);
  if (deep !== null) {
    const { startOffset } = deep.token;
    return refuse(
      diagnostic("DLM0116", span(startOffset, startOffset + deep.token.image.length), {
        limit: deep.limit,
      }),
    );
  }
  const reader = parser();
  reader.input = tokens;
  const tree = reader.file() as cst.FileCstNode;
  const errors = [...reader.errors];
  reader.input = [];
  for (const error of errors) {
    const { startOffset, image } = error.token;
    const start = Number.isNaN(startOffset) ? text.length : startOffset;
    diagnostics.push(
      diagnostic("DLM0107", span(start, start + image.length), {
        expected: error.message,
        found: `\`${image}\``,
      }),
    );
  }
  const places = errors.map(({ token }) =>
    Number.isNaN(token.startOffset) ? text.length : token.startOffset,
  );
  const file = buildFile(
    {
      file: path,
      length: text.length,
      report: (problem) => diagnostics.push(problem),
      docBefore: createDocFinder(text, lexed.groups["comments"] ?? []),
      recovered: (start, end) => places.some((place) => place >= start && place < end),
    },
    tree,
  );
  return { file, diagnostics };
};

/** `///` lines directly above an offset, joined by newlines, without their marker. */
const createDocFinder = (
  text: string,
  comments: readonly IToken[],
): ((offset: number) => string) => {
  const byEnd = new Map(
    comments
      .filter((comment) => comment.tokenType.name === "DocComment")
      .map((comment) => [comment.startOffset + comment.image.length, comment]),
  );
  return (offset) => {
    const lines: string[] = [];
    let end = text.slice(0, offset).trimEnd().length;
    for (let comment = byEnd.get(end); comment !== undefined; comment = byEnd.get(end)) {
      lines.unshift(comment.image.replace(/^\/\/\/ ?/, "").trimEnd());
      end = text.slice(0, comment.startOffset).trimEnd().length;
    }
    return lines.join("\n");
  };
};
