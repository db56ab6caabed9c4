// Expressions, pipelines and comma lists into documents, with the parentheses their meaning needs.

import type * as ast from "./ast.ts";
import type { Comments } from "./comments.ts";
import {
  concat,
  flatten,
  flatWidth,
  group,
  hardline,
  join,
  line,
  nest,
  softline,
  suffix,
} from "./doc.ts";
import type { Doc } from "./doc.ts";
import { bindingPower, isComparison, isRightAssociative, prefixPower } from "./precedence.ts";
import type { Span } from "./span.ts";

export type FormatContext = { readonly text: string; readonly comments: Comments };

// What a place accepts without parentheses, beyond the binding powers of operators.
const anything = -2;
const noIf = -1;
const binaryOnly = 0;
const postfixOnly = 100;
/** `next h` reads as one word, but `(next h)^2` is clearer than `next h^2`. */
const nextPower = 14;

const powerOf = (expr: ast.Expr): number => {
  switch (expr.kind) {
    case "if":
      return anything;
    case "pipe":
      return noIf;
    case "binary":
      return bindingPower[expr.op];
    case "unary":
      return prefixPower[expr.op];
    case "next":
      return nextPower;
    default:
      return postfixOnly;
  }
};

const expression = (context: FormatContext, expr: ast.Expr, least: number): Doc => {
  const doc = bare(context, expr);
  return powerOf(expr) < least ? concat(["(", doc, ")"]) : doc;
};

/** An expression where any may stand. */
export const formatExpr = (context: FormatContext, expr: ast.Expr): Doc =>
  expression(context, expr, anything);
/** Where a pipeline or an `if` needs parentheses. */
export const formatBinary = (context: FormatContext, expr: ast.Expr): Doc =>
  expression(context, expr, binaryOnly);
/** Where every operator needs parentheses. */
export const formatPostfix = (context: FormatContext, expr: ast.Expr): Doc =>
  expression(context, expr, postfixOnly);

const bare = (context: FormatContext, expr: ast.Expr): Doc => {
  switch (expr.kind) {
    case "number":
      return expr.text;
    case "string":
      return formatString(expr.value);
    case "bool":
      return String(expr.value);
    case "name":
      return expr.name;
    case "next":
      return `next ${expr.name.text}`;
    case "list":
      return commaList(context, "[", expr.items, "]", expr.span, (item) =>
        formatItem(context, item),
      );
    case "tuple":
      return commaList(context, "(", expr.items, ")", expr.span, (item) =>
        formatExpr(context, item),
      );
    case "unary": {
      const operand = expression(context, expr.operand, prefixPower[expr.op]);
      return concat([expr.op === "not" ? "not " : "-", operand]);
    }
    case "binary":
      return group(concat(operands(context, expr)));
    case "if":
      return group(concat(branches(context, expr)));
    case "pipe":
      return formatPipe(context, expr);
    case "call":
      return concat([
        formatPostfix(context, expr.callee),
        commaList(context, "(", expr.args, ")", after(expr.callee, expr), (arg) =>
          formatArg(context, arg),
        ),
      ]);
    case "index":
      return concat([
        formatPostfix(context, expr.base),
        commaList(context, "[", expr.subscripts, "]", after(expr.base, expr), (subscript) =>
          formatSubscript(context, subscript),
        ),
      ]);
    case "member":
      return concat([formatPostfix(context, expr.base), ".", expr.member.text]);
    case "hole":
      return "";
  }
};

const after = (head: ast.Expr, whole: ast.Expr): Span => ({
  ...whole.span,
  start: head.span.end,
});

export const formatString = (value: string): string =>
  `"${value
    .replace(/[\\"]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t")
    .replaceAll("\r", "\\r")}"`;

/** `a + b - c` is one flat list, so that it breaks at every operator of its level or at none. */
const operands = (context: FormatContext, expr: ast.BinaryExpr): readonly Doc[] => {
  const power = bindingPower[expr.op];
  const right = isRightAssociative(expr.op);
  const leftLeast = right || isComparison(expr.op) ? power + 1 : power;
  const sameLevel =
    expr.left.kind === "binary" && bindingPower[expr.left.op] === power && power >= leftLeast;
  const left =
    sameLevel && expr.left.kind === "binary"
      ? operands(context, expr.left)
      : [expression(context, expr.left, leftLeast)];
  // `2^-3`: a prefix minus binds looser than `^`, but right of it there is only one way to read it.
  const minus = right && expr.right.kind === "unary" && expr.right.op === "-";
  const rightDoc = expression(context, expr.right, minus ? binaryOnly : right ? power : power + 1);
  return expr.op === "^" ? [...left, "^", rightDoc] : [...left, line, `${expr.op} `, rightDoc];
};

/** A chain of `else if` breaks as one. */
const branches = (context: FormatContext, expr: ast.IfExpr): readonly Doc[] => [
  "if ",
  expression(context, expr.condition, noIf),
  " then ",
  expression(context, expr.then, noIf),
  line,
  "else ",
  ...(expr.else.kind === "if"
    ? branches(context, expr.else)
    : [expression(context, expr.else, anything)]),
];

export const formatArg = (context: FormatContext, arg: ast.Arg): Doc =>
  arg.name === null
    ? formatExpr(context, arg.value)
    : concat([arg.name.text, " = ", formatExpr(context, arg.value)]);

const formatSubscript = (context: FormatContext, subscript: ast.Subscript): Doc =>
  subscript.kind === "at"
    ? formatExpr(context, subscript.value)
    : concat([
        subscript.from === null ? "" : formatExpr(context, subscript.from),
        ":",
        subscript.to === null ? "" : formatExpr(context, subscript.to),
      ]);

const formatItem = (context: FormatContext, item: ast.ListExpr["items"][number]): Doc =>
  item.kind === "spread" ? `...${item.name?.text ?? ""}` : formatExpr(context, item);

/** Lists up to this width never break: subscripts, shapes and short lists read as one word. */
const keepTogether = { "[": 60, "(": 0 } as const;

/**
 * `open a, b close`. What does not fit goes below the opening bracket, on one line or else one element
 * to a line. Comments stay with their element.
 */
export const commaList = <T extends { readonly span: Span }>(
  context: FormatContext,
  open: "(" | "[",
  elements: readonly T[],
  close: string,
  within: Span,
  format: (element: T) => Doc,
): Doc => {
  if (elements.length === 0) return `${open}${close}`;
  const docs = commented(context, elements, within.start, true, format);
  const flat = join(", ", docs);
  if (flatWidth(flat) <= keepTogether[open]) return concat([open, flatten(flat), close]);
  const inside = group(join(concat([",", line]), docs));
  return group(concat([open, nest(concat([softline, inside])), softline, close]));
};

/**
 * Elements with the comments above and behind each. `bracketed`: the list ends with a bracket, so a
 * comment behind the last element is its own; otherwise it is left to what ends there too.
 */
export const commented = <T extends { readonly span: Span }>(
  context: FormatContext,
  elements: readonly T[],
  start: number,
  bracketed: boolean,
  format: (element: T) => Doc,
): readonly Doc[] => {
  let from = start;
  return elements.map((element, index) => {
    const above = context.comments.take(from, element.span.start);
    const doc = format(element);
    const last = index === elements.length - 1;
    const behind =
      last && !bracketed ? null : context.comments.takeTrailing(element.span.end, !last);
    from = element.span.end;
    return concat([
      ...above.flatMap(({ text }) => [text, hardline]),
      doc,
      ...(behind === null ? [] : [suffix(` ${behind.text}`)]),
    ]);
  });
};

const formatPipe = (context: FormatContext, expr: ast.PipeExpr): Doc => {
  const head = expression(context, expr.head, binaryOnly);
  const stages = commented(context, expr.stages, expr.head.span.end, false, (stage) =>
    concat(["-> ", formatStage(context, stage)]),
  );
  const groups = stageGroups(context, expr.stages, stages);
  const rest = groups.length === 1 ? join(line, groups[0]!) : joinGroups(groups);
  return group(concat([head, nest(concat([line, rest]))]));
};

const joinGroups = (groups: readonly (readonly Doc[])[]): Doc =>
  join(
    hardline,
    groups.map((docs) => group(join(line, docs))),
  );

/** Line breaks that the author put after a stage stay: the stages between two of them are a group. */
const stageGroups = (
  context: FormatContext,
  stages: readonly ast.Stage[],
  docs: readonly Doc[],
): readonly (readonly Doc[])[] => {
  const groups: Doc[][] = [];
  stages.forEach((stage, index) => {
    const before = stages[index - 1];
    const breaks =
      before === undefined || /[\n\r]/.test(context.text.slice(before.span.end, stage.span.start));
    if (breaks) groups.push([docs[index]!]);
    else groups.at(-1)!.push(docs[index]!);
  });
  return groups;
};

const formatStage = (context: FormatContext, stage: ast.Stage): Doc => {
  switch (stage.kind) {
    case "apply":
      return formatPostfix(context, stage.target);
    case "repeat": {
      const index = stage.index === null ? "" : `${stage.index.text} in `;
      const over = formatBinary(context, stage.over);
      return concat([`repeat ${index}`, over, " ", braced(context, stage, stage.over.span.end)]);
    }
    case "scan": {
      const where = stage.mask === null ? [] : [" where ", formatBinary(context, stage.mask)];
      const from = stage.from === null ? [] : [" from ", formatBinary(context, stage.from)];
      const start = (stage.from ?? stage.mask ?? stage.axis).span.end;
      const head = `scan ${stage.axis.text}${stage.reverse ? " reverse" : ""}`;
      return concat([head, ...where, ...from, " ", braced(context, stage, start)]);
    }
  }
};

/** The stages of a `repeat` or `scan`. */
const braced = (
  context: FormatContext,
  { stages }: ast.RepeatStage | ast.ScanStage,
  start: number,
): Doc => {
  const docs = commented(context, stages, start, false, (stage) =>
    stage === stages[0]
      ? formatStage(context, stage)
      : concat(["-> ", formatStage(context, stage)]),
  );
  const [first = [], ...others] = stageGroups(context, stages, docs);
  const [head = "", ...rest] = first;
  const opening =
    rest.length === 0
      ? head
      : group(concat([head, nest(concat(rest.flatMap((doc) => [line, doc])))]));
  const content =
    others.length === 0 ? opening : concat([opening, nest(concat([hardline, joinGroups(others)]))]);
  return group(concat(["{", nest(concat([line, content])), line, "}"]));
};
