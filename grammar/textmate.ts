// The tokens into a TextMate grammar, which colours .dlm files in editors.

import type { TokenType } from "chevrotain";
import * as t from "./tokens.ts";

type Pattern = Readonly<Record<string, unknown>>;

const words = (types: readonly TokenType[]): string =>
  types.map(({ PATTERN }) => String(PATTERN)).join("|");
const source = (type: TokenType): string =>
  type.PATTERN instanceof RegExp ? type.PATTERN.source : String(type.PATTERN);
const letters = "A-Za-z_\\u0370-\\u03FF";
const edge = (pattern: string): string => `(?<![${letters}0-9])(?:${pattern})(?![${letters}0-9])`;
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

const declarations: readonly TokenType[] = [t.Model, t.Block, t.Cell, t.Fn, t.Train, t.Optimizer];
const storage: readonly TokenType[] = [t.Let, t.Param, t.Next];
const logic: readonly TokenType[] = [t.And, t.Or, t.Not];
const constants: readonly TokenType[] = [t.True, t.False];
const control = t.hardKeywords.filter(
  (type) => ![declarations, storage, logic, constants].some((list) => list.includes(type)),
);

const patterns = (): readonly Pattern[] => [
  { name: "comment.line.documentation.dlm", match: "///(?!/).*$" },
  { name: "comment.line.double-slash.dlm", match: "//.*$" },
  {
    name: "string.quoted.double.dlm",
    begin: '"',
    end: '"|$',
    patterns: [{ name: "constant.character.escape.dlm", match: "\\\\." }],
  },
  {
    match: `(?<![${letters}0-9.])(${words(declarations)})\\s+(${source(t.Identifier)})`,
    captures: {
      1: { name: "storage.type.dlm" },
      2: { name: "entity.name.function.dlm" },
    },
  },
  { name: "storage.type.dlm", match: edge(words(declarations)) },
  { name: "storage.modifier.dlm", match: edge(words(storage)) },
  { name: "keyword.operator.logical.dlm", match: edge(words(logic)) },
  { name: "constant.language.boolean.dlm", match: edge(words(constants)) },
  { name: "keyword.control.dlm", match: edge(words(control)) },
  // Soft keywords are coloured only where they cannot be names: before a name, a number or a brace.
  {
    name: "keyword.other.dlm",
    match: `${edge(words(t.softKeywords))}(?=\\s+[${letters}0-9"(\\[{-])`,
  },
  { name: "support.type.dlm", match: edge("float|int|bool") },
  { name: "variable.language.dlm", match: edge("training") },
  { name: "constant.numeric.float.dlm", match: `(?<![${letters}])${source(t.Float)}` },
  { name: "constant.numeric.integer.dlm", match: `(?<![${letters}0-9])${source(t.Int)}` },
  {
    match: `(${source(t.Identifier)})(?=\\s*\\()`,
    captures: { 1: { name: "entity.name.function.dlm" } },
  },
  { name: "keyword.operator.pipe.dlm", match: literal(source(t.Arrow)) },
  {
    name: "keyword.operator.dlm",
    match: [t.Ellipsis, ...t.binaryOperators, t.Equals, t.Tilde].map(source).map(literal).join("|"),
  },
];

/** The grammar as the JSON that editors read. */
export const textMateGrammar = (): Pattern => ({
  name: "dlm",
  scopeName: "source.dlm",
  fileTypes: ["dlm"],
  patterns: patterns(),
});
