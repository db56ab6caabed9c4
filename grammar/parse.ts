// The text of one file into its syntax tree and what is wrong with its syntax. Never throws.

import type { IRecognitionException, IToken } from "chevrotain";
import type { File } from "./ast.ts";
import { balance } from "./balance.ts";
import { buildFile } from "./build-ast.ts";
import type * as cst from "./cst.gen.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { repairForeign } from "./foreign.ts";
import { findTooDeep } from "./nesting.ts";
import { DlmParser, mostErrors } from "./parser.ts";
import { repairStatements } from "./repair-statements.ts";
import { diagnostic, maxReports } from "./report.ts";
import type { Source, Span } from "./span.ts";
import { declStarts, dropCascades, placeOf, reportSyntaxErrors, segment } from "./syntax-errors.ts";
import { tokenEnd } from "./token-edit.ts";
import { createTokenizer } from "./tokens.ts";

export type Parsed = { readonly file: File; readonly diagnostics: readonly Diagnostic[] };

/** A longer text is refused unread: it is no program but a mistake, such as a data file. */
export const maxCharacters = 1_000_000;

const once = <T>(create: () => T): (() => T) => {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: create() }).value;
};

// The lexer and the parser are built on first use and reused: they keep nothing between two texts.
const tokenizer = once(createTokenizer);
const parser = once(() => new DlmParser({ validate: false }));

/** Parses a file. With errors the tree holds what could be read; declarations with a gap are `broken`. */
export const parse = (source: Source): Parsed => {
  const { file, diagnostics } = parseWithComments(source);
  return { file, diagnostics };
};

/** Also the comments, in no particular order: they are no part of the tree. */
export const parseWithComments = (
  source: Source,
): Parsed & { readonly comments: readonly IToken[] } => {
  const { path, text } = source;
  const refuse = (problem: Diagnostic): ReturnType<typeof parseWithComments> => ({
    file: { kind: "file", span: { file: path, start: 0, end: 0 }, decls: [], broken: true },
    diagnostics: [problem],
    comments: [],
  });
  const span = (start: number, end: number): Span => ({ file: path, start, end });
  if (text.length > maxCharacters) {
    return refuse(diagnostic("DLM0115", span(0, 0), { size: text.length, limit: maxCharacters }));
  }
  const lexed = tokenizer()(text);
  const foreign = repairForeign(path, lexed.tokens, lexed.errors);
  const balanced = balance(path, foreign.tokens);
  const deep = findTooDeep(balanced.tokens);
  if (deep !== null) {
    const start = deep.token.startOffset;
    return refuse(diagnostic("DLM0116", span(start, tokenEnd(deep.token)), { limit: deep.limit }));
  }
  const repaired = repairStatements(path, text, balanced.tokens);
  const { tree, errors } = readTokens(repaired.tokens);
  const excused = [foreign, balanced, repaired].flatMap((stage) => stage.excused);
  const decls = declStarts(repaired.tokens);
  const places = [
    ...errors.map((error) => placeOf(error, text)),
    ...balanced.diagnostics.map((problem) => problem.span.start),
  ].sort((a, b) => a - b);
  const comments = lexed.groups["comments"] ?? [];
  const built: Diagnostic[] = [];
  const file = buildFile(
    {
      file: path,
      length: text.length,
      report: (problem) => built.push(problem),
      docBefore: createDocFinder(text, comments),
      recovered: (start, end) => segment(places, start - 1) < segment(places, end - 1),
      declAt: (offset) => {
        const index = segment(decls, offset);
        return { start: decls[index - 1] ?? 0, end: decls[index] ?? text.length + 1 };
      },
    },
    tree,
  );
  const diagnostics = dropCascades(
    [
      ...foreign.diagnostics,
      ...balanced.diagnostics,
      ...repaired.diagnostics,
      ...reportSyntaxErrors(source, repaired.tokens, errors, excused, decls),
      ...built,
    ],
    decls,
  ).slice(0, maxReports);
  return { file: { ...file, broken: diagnostics.length > 0 }, diagnostics, comments };
};

/** All tokens of a text and, in no particular order, its comments, whether or not it parses. */
export const lex = (
  text: string,
): { readonly tokens: readonly IToken[]; readonly comments: readonly IToken[] } => {
  if (text.length > maxCharacters) return { tokens: [], comments: [] };
  const { tokens, groups } = tokenizer()(text);
  return { tokens, comments: groups["comments"] ?? [] };
};

/** The comments of a text, whether or not it parses. */
export const readComments = (text: string): readonly IToken[] => lex(text).comments;

const readTokens = (
  tokens: readonly IToken[],
): { readonly tree: cst.FileCstNode; readonly errors: readonly IRecognitionException[] } => {
  const reader = parser();
  reader.input = [...tokens];
  const tree = reader.file() as cst.FileCstNode;
  // Without the one that says where reading stopped.
  const errors = reader.errors.slice(0, mostErrors);
  reader.input = [];
  return { tree, errors };
};

/** Where the text before an offset ends, apart from spaces and line breaks. */
const endBefore = (text: string, offset: number): number => {
  let end = offset;
  while (end > 0 && /\s/.test(text[end - 1]!)) end -= 1;
  return end;
};

/** `///` lines directly above an offset, joined by newlines, without their marker. */
const createDocFinder = (
  text: string,
  comments: readonly IToken[],
): ((offset: number) => string) => {
  const byEnd = new Map(
    comments
      .filter((comment) => comment.tokenType.name === "DocComment")
      .map((comment) => [comment.startOffset + comment.image.trimEnd().length, comment]),
  );
  return (offset) => {
    const lines: string[] = [];
    let end = endBefore(text, offset);
    for (let comment = byEnd.get(end); comment !== undefined; comment = byEnd.get(end)) {
      lines.unshift(comment.image.replace(/^\/\/\/ ?/, "").trimEnd());
      end = endBefore(text, comment.startOffset);
      if (text.slice(end, comment.startOffset).split(/\r\n|\n|\r/).length > 2) break;
    }
    return lines.join("\n");
  };
};
