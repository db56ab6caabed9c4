// Text into tokens: every word and sign of the language, and the foreign ones that are lexed only to say so.

import { createToken, Lexer } from "chevrotain";
import type { ILexingResult, TokenType } from "chevrotain";

/** What `name` accepts: identifiers and soft keywords. */
export const Name = createToken({ name: "Name", pattern: Lexer.NA });
/** What argument and member names accept: any word. */
export const AnyName = createToken({ name: "AnyName", pattern: Lexer.NA });
/** Every binary operator; precedence is settled after parsing. */
export const BinOp = createToken({ name: "BinOp", pattern: Lexer.NA });

export const Identifier = createToken({
  name: "Identifier",
  pattern: /[A-Za-z_\u0370-\u03FF][A-Za-z0-9_\u0370-\u03FF]*/,
  categories: [Name, AnyName],
});

const word = (name: string, categories: TokenType[]): TokenType =>
  createToken({
    name,
    pattern: name.toLowerCase(),
    longer_alt: Identifier,
    categories,
    label: name.toLowerCase(),
  });
const hard = (name: string): TokenType => word(name, [AnyName]);
const soft = (name: string): TokenType => word(name, [Name, AnyName]);
const operatorWord = (name: string): TokenType => word(name, [AnyName, BinOp]);

export const Import = hard("Import");
export const Model = hard("Model");
export const Block = hard("Block");
export const Cell = hard("Cell");
export const Fn = hard("Fn");
export const Train = hard("Train");
export const Optimizer = hard("Optimizer");
export const Let = hard("Let");
export const Param = hard("Param");
export const Next = hard("Next");
export const Return = hard("Return");
export const Repeat = hard("Repeat");
export const Scan = hard("Scan");
export const If = hard("If");
export const Then = hard("Then");
export const Else = hard("Else");
export const And = operatorWord("And");
export const Or = operatorWord("Or");
export const Not = hard("Not");
export const True = hard("True");
export const False = hard("False");

export const From = soft("From");
export const As = soft("As");
export const In = soft("In");
export const Reverse = soft("Reverse");
export const Where = soft("Where");
export const Data = soft("Data");
export const Step = soft("Step");
export const Metric = soft("Metric");
export const Minimize = soft("Minimize");
export const Over = soft("Over");
export const Using = soft("Using");
export const Clip = soft("Clip");
export const State = soft("State");
export const Buffer = soft("Buffer");
export const Require = soft("Require");
export const Penalty = soft("Penalty");

const sign = (name: string, label: string, categories: TokenType[] = []): TokenType =>
  createToken({ name, pattern: label, label, categories });

export const Arrow = sign("Arrow", "->");
export const Ellipsis = sign("Ellipsis", "...");
export const EqualEqual = sign("EqualEqual", "==", [BinOp]);
export const NotEqual = sign("NotEqual", "!=", [BinOp]);
export const LessEqual = sign("LessEqual", "<=", [BinOp]);
export const GreaterEqual = sign("GreaterEqual", ">=", [BinOp]);
export const Less = sign("Less", "<", [BinOp]);
export const Greater = sign("Greater", ">", [BinOp]);
export const Plus = sign("Plus", "+", [BinOp]);
export const Minus = sign("Minus", "-", [BinOp]);
export const Star = sign("Star", "*", [BinOp]);
export const Slash = sign("Slash", "/", [BinOp]);
export const Percent = sign("Percent", "%", [BinOp]);
export const At = sign("At", "@", [BinOp]);
export const Caret = sign("Caret", "^", [BinOp]);
export const Equals = sign("Equals", "=");
export const Tilde = sign("Tilde", "~");
export const LParen = sign("LParen", "(");
export const RParen = sign("RParen", ")");
export const LBracket = sign("LBracket", "[");
export const RBracket = sign("RBracket", "]");
export const LBrace = sign("LBrace", "{");
export const RBrace = sign("RBrace", "}");
export const Comma = sign("Comma", ",");
export const Colon = sign("Colon", ":");
export const Dot = sign("Dot", ".");

export const Float = createToken({
  name: "Float",
  label: "a number",
  pattern: /\d[\d_]*(?:\.\d[\d_]*(?:[eE][+-]?\d+)?|[eE][+-]?\d+)/,
});
export const Int = createToken({ name: "Int", label: "a number", pattern: /\d[\d_]*/ });
export const String = createToken({
  name: "String",
  label: "a string",
  pattern: /"(?:[^"\\\n\r]|\\.)*"/,
});

/** Signs of other languages. None is in the grammar: `repair.ts` reports each and puts the right token in its place. */
export const ForeignSign = createToken({
  name: "ForeignSign",
  pattern: /\|>|\*\*|&&|\|\|?|=>|===|!==|[:+\-*/%^@]=|<>|\.\.(?!\.)|::|\?|;|!(?!=)|&|[→×·−≤≥≠÷¬∧∨]/,
});
export const ForeignString = createToken({
  name: "ForeignString",
  pattern: /'(?:[^'\\\n\r]|\\.)*'|[“”][^“”"\n\r]*[“”]|`[^`\n\r]*`/,
});
export const OpenString = createToken({ name: "OpenString", pattern: /["'](?:[^"'\\\n\r]|\\.)*/ });
export const ForeignComment = createToken({
  name: "ForeignComment",
  pattern: /#[^\n\r]*|\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/)?/,
  line_breaks: true,
});
/** `.5`: a number without its leading digit. */
export const BareFraction = createToken({
  name: "BareFraction",
  pattern: /\.\d[\d_]*(?:[eE][+-]?\d+)?/,
});

export const DocComment = createToken({
  name: "DocComment",
  pattern: /\/\/\/(?!\/)[^\n\r]*/,
  group: "comments",
});
export const LineComment = createToken({
  name: "LineComment",
  pattern: /\/\/[^\n\r]*/,
  group: "comments",
});
const Space = createToken({
  name: "Space",
  pattern: /[ \t\r\n\uFEFF\u00A0]+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});

export const hardKeywords: readonly TokenType[] = [
  Import,
  Model,
  Block,
  Cell,
  Fn,
  Train,
  Optimizer,
  Let,
  Param,
  Next,
  Return,
  Repeat,
  Scan,
  If,
  Then,
  Else,
  And,
  Or,
  Not,
  True,
  False,
];
export const softKeywords: readonly TokenType[] = [
  From,
  As,
  In,
  Reverse,
  Where,
  Data,
  Step,
  Metric,
  Minimize,
  Over,
  Using,
  Clip,
  State,
  Buffer,
  Require,
  Penalty,
];
export const binaryOperators: readonly TokenType[] = [
  EqualEqual,
  NotEqual,
  LessEqual,
  GreaterEqual,
  Less,
  Greater,
  Plus,
  Minus,
  Star,
  Slash,
  Percent,
  At,
  Caret,
];

/** In lexing order: a longer sign stands before its prefixes, words before `Identifier`. */
export const allTokens: TokenType[] = [
  Space,
  DocComment,
  LineComment,
  ForeignComment,
  ...hardKeywords,
  ...softKeywords,
  Identifier,
  Float,
  Int,
  Ellipsis,
  BareFraction,
  String,
  ForeignString,
  OpenString,
  Arrow,
  ForeignSign,
  ...binaryOperators,
  Equals,
  Tilde,
  LParen,
  RParen,
  LBracket,
  RBracket,
  LBrace,
  RBrace,
  Comma,
  Colon,
  Dot,
  Name,
  AnyName,
  BinOp,
];

/** Lexes a text. Unknown characters come back as `errors`; comments as `groups.comments`. */
export const createTokenizer = (): ((text: string) => ILexingResult) => {
  const lexer = new Lexer(allTokens, {
    positionTracking: "onlyOffset",
    ensureOptimizations: true,
    skipValidations: true,
  });
  return (text) => {
    const lexed = lexer.tokenize(text);
    for (const token of lexed.tokens) token.endOffset = token.startOffset + token.image.length - 1;
    return lexed;
  };
};
