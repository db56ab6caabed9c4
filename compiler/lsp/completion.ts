// What may be written at a place: arguments of the call around it, names that are known there, words of the language.

import { CompletionItemKind, MarkupKind } from "vscode-languageserver";
import type { CompletionItem } from "vscode-languageserver";
import type { IToken } from "chevrotain";
import type { File } from "../../grammar/ast.ts";
import { lex, parse } from "../../grammar/parse.ts";
import * as t from "../../grammar/tokens.ts";
import { libraryIndex } from "../std/sources.gen.ts";
import type { Named } from "../frontend/declare.ts";
import { intrinsics } from "../frontend/intrinsics.ts";
import type { NameKind } from "../frontend/name-links.ts";
import { declarationAt, openCall, tokensBefore } from "./calls.ts";
import { isDeclaration } from "./names.ts";
import { signatureOf } from "./signature.ts";
import type { Workspace } from "./workspace.ts";

const kinds: Readonly<Record<NameKind, CompletionItemKind>> = {
  let: CompletionItemKind.Variable,
  part: CompletionItemKind.Variable,
  data: CompletionItemKind.Variable,
  config: CompletionItemKind.Variable,
  index: CompletionItemKind.Variable,
  letter: CompletionItemKind.Variable,
  size: CompletionItemKind.TypeParameter,
  list: CompletionItemKind.TypeParameter,
  param: CompletionItemKind.Field,
  buffer: CompletionItemKind.Field,
  state: CompletionItemKind.Field,
  argument: CompletionItemKind.Property,
  model: CompletionItemKind.Class,
  block: CompletionItemKind.Class,
  cell: CompletionItemKind.Class,
  optimizer: CompletionItemKind.Class,
  train: CompletionItemKind.Class,
  fn: CompletionItemKind.Function,
  "built-in": CompletionItemKind.Function,
  const: CompletionItemKind.Constant,
};

const kindOf = (decl: Named): CompletionItemKind =>
  kinds[decl.kind === "net" ? decl.net : decl.kind];

/** Nearest first: editors keep this order among what fits equally well. */
const ranked = (rank: number, items: readonly CompletionItem[]): readonly CompletionItem[] =>
  items.map((item) => ({ ...item, sortText: `${rank}${item.label}` }));

export const completions = (
  workspace: Workspace,
  path: string,
  offset: number,
): CompletionItem[] => {
  const text = workspace.textOf(path);
  const { tokens, comments } = lex(text);
  const covers = ({ startOffset, image }: IToken): boolean =>
    startOffset < offset && offset <= startOffset + image.length;
  if (comments.some(covers)) return [];
  const strings: readonly unknown[] = [t.String, t.OpenString, t.ForeignString];
  if (tokens.some((token) => covers(token) && strings.includes(token.tokenType))) return [];
  // What is being typed is no part of what stands before it.
  const before = tokensBefore(tokens, offset);
  const last = before.at(-1);
  const typing = last !== undefined && covers(last) && /\w$/.test(last.image);
  if (typing) before.pop();
  if (before.at(-1)?.tokenType === t.Dot) return [];
  const { file } = parse({ path, text });
  const found = [
    ...ranked(0, argumentsOf(workspace, path, before)),
    ...ranked(1, localNames(workspace, path, file, offset, statementBefore(before))),
    ...ranked(2, fileNames(file)),
    ...ranked(3, libraryNames()),
    ...ranked(4, [...t.hardKeywords, ...t.softKeywords].map(keyword)),
  ];
  const seen = new Set<string>();
  return found.filter(({ label }) => !seen.has(label) && seen.add(label));
};

const keyword = ({ PATTERN }: (typeof t.hardKeywords)[number]): CompletionItem => ({
  label: String(PATTERN),
  kind: CompletionItemKind.Keyword,
});

const argumentsOf = (
  workspace: Workspace,
  path: string,
  before: readonly IToken[],
): readonly CompletionItem[] => {
  const last = before.at(-1)?.tokenType;
  const call = last === t.LParen || last === t.Comma ? openCall(before) : null;
  if (call === null) return [];
  const { callee } = call;
  const decl = declarationAt(workspace, path, callee);
  const names =
    decl === null
      ? (intrinsics.get(callee.image)?.params ?? []).map(({ name }) => name)
      : signatureOf(decl, "").params.map(({ name }) => name.text);
  return names.map((name) => ({
    label: `${name} =`,
    insertText: `${name} = `,
    kind: CompletionItemKind.Property,
  }));
};

const statements: ReadonlySet<object> = new Set([
  t.Let,
  t.Param,
  t.Buffer,
  t.State,
  t.Next,
  t.Return,
  t.Require,
  t.Penalty,
  t.Minimize,
  t.Metric,
]);
const statementBefore = (before: readonly IToken[]): number =>
  before.findLast(({ tokenType }) => statements.has(tokenType))?.startOffset ?? 0;

/** Kinds of names that a statement binds once it is over. */
const boundAfter: ReadonlySet<NameKind> = new Set(["let", "part", "param", "buffer", "state"]);

/** What the declaration around a place binds before it; `statement`: where the statement begins that it is in. */
const localNames = (
  workspace: Workspace,
  path: string,
  { decls }: File,
  offset: number,
  statement: number,
): readonly CompletionItem[] => {
  const around = decls.findLast(({ span }) => span.start <= offset);
  const links = workspace.analysisOf(path).linksIn(path);
  return links
    .filter(
      (link) =>
        isDeclaration(link) &&
        link.decl === undefined &&
        link.text !== "..." &&
        around !== undefined &&
        link.span.start >= around.span.start &&
        link.span.end < (boundAfter.has(link.kind) ? statement : offset),
    )
    .map(({ text, kind }) => ({ label: text, kind: kinds[kind] }));
};

const fileNames = ({ decls }: File): readonly CompletionItem[] =>
  decls
    .flatMap((decl) =>
      decl.kind === "import"
        ? decl.items.map(({ name, alias }) => ({
            label: (alias ?? name).text,
            kind: CompletionItemKind.Reference,
          }))
        : [{ label: decl.name.text, kind: kindOf(decl) }],
    )
    .filter(({ label }) => label !== "");

const libraryNames = (): readonly CompletionItem[] => [
  ...Object.keys(libraryIndex).map((label) => ({
    label,
    kind: /^[A-Z]/.test(label) ? CompletionItemKind.Class : CompletionItemKind.Function,
  })),
  ...[...intrinsics.keys()].map((label) => ({ label, kind: CompletionItemKind.Function })),
];

/** Signature and documentation of what the library declares, once an editor shows them. */
export const resolveCompletion = (workspace: Workspace, item: CompletionItem): CompletionItem => {
  const isLibrary = item.sortText?.startsWith("3") ?? false;
  const decl = isLibrary ? workspace.libraryDeclaration(item.label) : null;
  if (decl === null) return item;
  const { header } = signatureOf(decl, workspace.textOf(decl.span.file));
  return {
    ...item,
    detail: header,
    documentation: { kind: MarkupKind.Markdown, value: decl.doc },
  };
};
