// Concrete expressions, pipelines and stages into syntax tree nodes.

import type { CstNode, IToken } from "chevrotain";
import type * as ast from "./ast.ts";
import type * as cst from "./cst.gen.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { applyPrecedence } from "./precedence.ts";
import type { Operand, Operator, PrefixOp } from "./precedence.ts";
import { diagnostic } from "./report.ts";
import type { Span } from "./span.ts";

/** What the builders share: the file that spans name, and where reports go. */
export type BuildContext = {
  readonly file: string;
  readonly report: (problem: Diagnostic) => void;
};

export const tokenSpan = (context: BuildContext, token: IToken): Span => ({
  file: context.file,
  start: token.startOffset,
  end: Math.max(token.startOffset, (token.endOffset ?? token.startOffset - 1) + 1),
});

/** After recovery a node may hold no token at all: then its place is unknown and it is put at 0. */
export const nodeSpan = (context: BuildContext, node: CstNode): Span => {
  const start = node.location?.startOffset ?? Number.NaN;
  const end = node.location?.endOffset ?? Number.NaN;
  return Number.isNaN(start)
    ? { file: context.file, start: 0, end: 0 }
    : { file: context.file, start, end: Math.max(start, Number.isNaN(end) ? start : end + 1) };
};

export const buildName = (
  context: BuildContext,
  token: IToken | undefined,
  near: Span,
): ast.Name =>
  token === undefined
    ? { text: "", span: { file: near.file, start: near.end, end: near.end } }
    : { text: token.image, span: tokenSpan(context, token) };

export const hole = (near: Span): ast.Hole => ({ kind: "hole", span: near });

export const buildExpr = (
  context: BuildContext,
  node: cst.ExprCstNode | undefined,
  near: Span,
): ast.Expr => {
  if (node === undefined) return hole(near);
  const span = nodeSpan(context, node);
  const choice = node.children.ifExpr?.[0];
  if (choice !== undefined) return buildIf(context, choice);
  const head = buildBinary(context, node.children.binary?.[0], span);
  const stages = buildStages(context, node.children.stage);
  return stages.length === 0 ? head : { kind: "pipe", span, head, stages };
};

const buildIf = (context: BuildContext, node: cst.IfExprCstNode): ast.Expr => {
  const span = nodeSpan(context, node);
  const parts = node.children.expr;
  return {
    kind: "if",
    span,
    condition: buildExpr(context, parts?.[0], span),
    then: buildExpr(context, parts?.[1], span),
    else: buildExpr(context, parts?.[2], span),
  };
};

const buildStages = (
  context: BuildContext,
  nodes: readonly cst.StageCstNode[] | undefined,
): readonly ast.Stage[] => (nodes ?? []).map((node) => buildStage(context, node));

const buildStage = (context: BuildContext, node: cst.StageCstNode): ast.Stage => {
  const span = nodeSpan(context, node);
  const { repeatStage, scanStage, postfix } = node.children;
  const repeat = repeatStage?.[0];
  if (repeat !== undefined) {
    const index = repeat.children.Name?.[0];
    return {
      kind: "repeat",
      span,
      index: index === undefined ? null : buildName(context, index, span),
      over: buildBinary(context, repeat.children.binary?.[0], span),
      stages: buildStages(context, repeat.children.stages?.[0]?.children.stage),
    };
  }
  const scan = scanStage?.[0];
  if (scan !== undefined) {
    const part = (node: cst.BinaryCstNode | undefined): ast.Expr | null =>
      node === undefined ? null : buildBinary(context, node, span);
    return {
      kind: "scan",
      span,
      axis: buildName(context, scan.children.Name?.[0], span),
      reverse: scan.children.Reverse !== undefined,
      mask: part(scan.children.mask?.[0]),
      from: part(scan.children.start?.[0]),
      stages: buildStages(context, scan.children.stages?.[0]?.children.stage),
    };
  }
  return { kind: "apply", span, target: buildPostfix(context, postfix?.[0], span) };
};

export const buildBinary = (
  context: BuildContext,
  node: cst.BinaryCstNode | undefined,
  near: Span,
): ast.Expr => {
  if (node === undefined) return hole(near);
  const span = nodeSpan(context, node);
  const operands = (node.children.unary ?? []).map((unary) => buildOperand(context, unary, span));
  if (operands.length === 0) return hole(span);
  const operators = (node.children.BinOp ?? []).map((token) => ({
    op: token.image as ast.BinaryOp,
    span: tokenSpan(context, token),
  }));
  return applyPrecedence(operands, operators, (first, second) =>
    context.report(chainedComparison(first, second)),
  );
};

const chainedComparison = (
  first: Operator<ast.BinaryOp>,
  second: Operator<ast.BinaryOp>,
): Diagnostic =>
  diagnostic(
    "DLM0112",
    second.span,
    { first: first.op, second: second.op },
    {
      labels: [{ span: first.span, text: "" }],
      helps: [
        { text: `join two comparisons with \`and\`: \`a ${first.op} b and b ${second.op} c\`` },
      ],
    },
  );

const buildOperand = (context: BuildContext, node: cst.UnaryCstNode, near: Span): Operand => {
  const prefixes = [...(node.children.Minus ?? []), ...(node.children.Not ?? [])]
    .sort((a, b) => a.startOffset - b.startOffset)
    .map((token) => ({ op: token.image as PrefixOp, span: tokenSpan(context, token) }));
  return { prefixes, value: buildPostfix(context, node.children.postfix?.[0], near) };
};

export const buildPostfix = (
  context: BuildContext,
  node: cst.PostfixCstNode | undefined,
  near: Span,
): ast.Expr => {
  if (node === undefined) return hole(near);
  const span = nodeSpan(context, node);
  const primary = buildPrimary(context, node.children.primary?.[0], span);
  return (node.children.suffix ?? []).reduce<ast.Expr>(
    (base, suffix) => buildSuffix(context, base, suffix),
    primary,
  );
};

const buildSuffix = (context: BuildContext, base: ast.Expr, node: cst.SuffixCstNode): ast.Expr => {
  const own = nodeSpan(context, node);
  const span: Span = {
    file: own.file,
    start: base.span.start,
    end: Math.max(base.span.end, own.end),
  };
  const { Dot, AnyName, LBracket, index, arg } = node.children;
  if (Dot !== undefined) {
    return { kind: "member", span, base, member: buildName(context, AnyName?.[0], span) };
  }
  if (LBracket !== undefined) {
    const subscripts = (index ?? []).map((part) => buildSubscript(context, part));
    return { kind: "index", span, base, subscripts };
  }
  const args = (arg ?? []).map((part) => buildArg(context, part));
  return { kind: "call", span, callee: base, args };
};

const buildArg = (context: BuildContext, node: cst.ArgCstNode): ast.Arg => {
  const span = nodeSpan(context, node);
  const name = node.children.AnyName?.[0];
  return {
    kind: "arg",
    span,
    name: name === undefined ? null : buildName(context, name, span),
    value: buildExpr(context, node.children.expr?.[0], span),
  };
};

const buildSubscript = (context: BuildContext, node: cst.IndexCstNode): ast.Subscript => {
  const span = nodeSpan(context, node);
  const parts = node.children.expr ?? [];
  const colon = node.children.Colon?.[0];
  if (colon === undefined) {
    return { kind: "at", span, value: buildExpr(context, parts[0], span) };
  }
  const before = parts.find((part) => nodeSpan(context, part).start < colon.startOffset);
  const after = parts.find((part) => nodeSpan(context, part).start > colon.startOffset);
  return {
    kind: "slice",
    span,
    from: before === undefined ? null : buildExpr(context, before, span),
    to: after === undefined ? null : buildExpr(context, after, span),
  };
};

const buildPrimary = (
  context: BuildContext,
  node: cst.PrimaryCstNode | undefined,
  near: Span,
): ast.Expr => {
  if (node === undefined) return hole(near);
  const span = nodeSpan(context, node);
  const { Name, Int, Float, String, True, False, Next, LParen, LBracket } = node.children;
  if (Next !== undefined) return { kind: "next", span, name: buildName(context, Name?.[0], span) };
  if (Name?.[0] !== undefined) return { kind: "name", span, name: Name[0].image };
  if (Int?.[0] !== undefined) return buildNumber(context, Int[0], true);
  if (Float?.[0] !== undefined) return buildNumber(context, Float[0], false);
  if (String?.[0] !== undefined) return buildString(context, String[0], span);
  if (True !== undefined || False !== undefined) {
    return { kind: "bool", span, value: True !== undefined };
  }
  if (LParen !== undefined) return buildParenthesised(context, node, span);
  if (LBracket !== undefined) {
    const items = (node.children.item ?? []).map((item) => buildItem(context, item));
    return { kind: "list", span, items };
  }
  return hole(span);
};

/** One expression keeps no node, but its span takes in the parentheses. */
const buildParenthesised = (
  context: BuildContext,
  node: cst.PrimaryCstNode,
  span: Span,
): ast.Expr => {
  const items = (node.children.expr ?? []).map((item) => buildExpr(context, item, span));
  const [first] = items;
  if (first === undefined) return hole(span);
  return items.length === 1 ? { ...first, span } : { kind: "tuple", span, items };
};

const buildItem = (context: BuildContext, node: cst.ItemCstNode): ast.ListExpr["items"][number] => {
  const span = nodeSpan(context, node);
  if (node.children.Ellipsis === undefined)
    return buildExpr(context, node.children.expr?.[0], span);
  const name = node.children.Name?.[0];
  return { kind: "spread", span, name: name === undefined ? null : buildName(context, name, span) };
};

const buildNumber = (context: BuildContext, token: IToken, int: boolean): ast.Expr => {
  const span = tokenSpan(context, token);
  const value = Number(token.image.replaceAll("_", ""));
  if (int ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
    context.report(
      diagnostic(
        "DLM0114",
        span,
        { number: token.image },
        {
          notes: [
            int ? "whole numbers are exact up to 2^53" : "the largest number is about 1.8e308",
          ],
        },
      ),
    );
  }
  return { kind: "number", span, value, int, text: token.image };
};

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  '"': '"',
  "\\": "\\",
};

/** `\n`, `\t`, `\r`, `\"` and `\\` are the escapes there are. */
export const buildString = (
  context: BuildContext,
  token: IToken | undefined,
  near: Span,
): ast.StringLiteral => {
  if (token === undefined) return { kind: "string", span: near, value: "" };
  const span = tokenSpan(context, token);
  const value = token.image.slice(1, -1).replace(/\\(.)/g, (whole, letter: string, at: number) => {
    const meaning = escapes[letter];
    if (meaning !== undefined) return meaning;
    const start = token.startOffset + 1 + at;
    context.report(
      diagnostic(
        "DLM0118",
        { file: context.file, start, end: start + whole.length },
        { escape: whole },
        { helps: [{ text: `the escapes are \`\\n\`, \`\\t\`, \`\\r\`, \`\\"\` and \`\\\\\`` }] },
      ),
    );
    return letter;
  });
  return { kind: "string", span, value };
};
