// The text of a file into its canonical form. There are no options.

import type * as ast from "./ast.ts";
import type { IToken } from "chevrotain";
import { createComments } from "./comments.ts";
import type { Comment } from "./comments.ts";
import { concat, flatWidth, hardline, layOut, nest } from "./doc.ts";
import type { Doc } from "./doc.ts";
import { formatExpr, formatString } from "./format-expression.ts";
import type { FormatContext } from "./format-expression.ts";
import { assignment, formatParams, formatStmt, formatType, lineWidth } from "./format-statement.ts";
import { parseWithComments } from "./parse.ts";
import type { Source, Span } from "./span.ts";

/** The formatted text; null when the syntax has errors. `format(format(s))` is `format(s)`. */
export const format = (source: Source): string | null => {
  const { file, diagnostics, comments } = parseWithComments(source);
  if (diagnostics.length > 0) return null;
  const context = createContext(source.text, comments);
  const doc = sequence(context, {
    items: file.decls,
    start: 0,
    end: source.text.length + 1,
    format: (decl) => formatDecl(context, decl),
    gap: (before, decl, blank) => {
      const short = before.kind === decl.kind && (decl.kind === "import" || decl.kind === "const");
      return short ? blank : true;
    },
  });
  const text = layOut(doc, lineWidth);
  return text === "" ? "" : `${text}\n`;
};

const createContext = (text: string, comments: readonly IToken[]): FormatContext => ({
  text,
  comments: createComments(text, comments),
});

type Sequence<T> = {
  readonly items: readonly T[];
  /** The range whose comments belong to the sequence. */
  readonly start: number;
  readonly end: number;
  readonly format: (item: T) => Doc;
  /** Is there an empty line between two items? `blank` says whether the author left one. */
  readonly gap: (before: T, item: T, blank: boolean) => boolean;
};

/** Items below each other, with their comments and at most one empty line between two. */
const sequence = <T extends { readonly span: ast.File["span"] }>(
  context: FormatContext,
  { items, start, end, format: formatItem, gap }: Sequence<T>,
): Doc => {
  const { text, comments } = context;
  const rows: Doc[] = [];
  let last = start;
  const isBlank = (to: number): boolean =>
    (text.slice(last, to).match(/\r\n|\n|\r/g) ?? []).length > 1;
  const add = (doc: Doc, empty: boolean): void => {
    if (rows.length > 0) rows.push(hardline, ...(empty ? [hardline] : []));
    rows.push(doc);
  };
  const addComments = (found: readonly Comment[], forced: boolean): void => {
    found.forEach((comment, index) => {
      const empty = (index === 0 && forced) || isBlank(comment.start);
      add(comment.text, empty);
      last = comment.end;
    });
  };
  let before: T | null = null;
  for (const item of items) {
    const above = comments.take(last, item.span.start);
    const doc = formatItem(item);
    const inside = comments.take(item.span.start, item.span.end);
    const empty: boolean =
      before !== null && gap(before, item, isBlank(above[0]?.start ?? item.span.start));
    const lead = [...inside, ...above];
    inside.forEach((comment, index) => add(comment.text, index === 0 && empty));
    addComments(above, inside.length === 0 && empty);
    const documented = above.at(-1)?.text.startsWith("///") ?? false;
    add(
      doc,
      lead.length === 0 ? empty : above.length > 0 && !documented && isBlank(item.span.start),
    );
    const behind = comments.takeTrailing(item.span.end, false);
    if (behind !== null) rows.push(` ${behind.text}`);
    last = behind?.end ?? item.span.end;
    before = item;
  }
  addComments(comments.take(last, end), false);
  return concat(rows);
};

const formatDecl = (context: FormatContext, decl: ast.Decl): Doc => {
  switch (decl.kind) {
    case "import":
      return formatImport(decl);
    case "net": {
      const config = decl.config === null ? "" : formatParams(context, decl.config, decl.span);
      const data = formatParams(context, decl.data, decl.span);
      const result = formatResult(context, decl.result);
      const head = header(`${decl.net} ${decl.name.text}`, config, concat([data, result]));
      return formatBody(context, head, decl.body, decl.span);
    }
    case "fn": {
      const params = formatParams(context, decl.params, decl.span);
      const head = concat([`fn ${decl.name.text}`, params, formatResult(context, decl.result)]);
      return isStatements(decl.body)
        ? formatBody(context, head, decl.body, decl.span)
        : assignment(concat([head, " ="]), formatExpr(context, decl.body), decl.body, 0);
    }
    case "train": {
      const config = decl.config === null ? "" : formatParams(context, decl.config, decl.span);
      const head = concat([`train ${decl.name.text}`, config]);
      return braces(context, head, decl.items, decl.span, 2);
    }
    case "optimizer": {
      const config = formatParams(context, decl.config, decl.span);
      const data = formatParams(context, decl.data, decl.span);
      const head = header(`optimizer ${decl.name.text}`, config, data);
      return formatBody(context, head, decl.body, decl.span);
    }
    case "const":
      return assignment(`let ${decl.name.text} =`, formatExpr(context, decl.value), decl.value, 0);
  }
};

/** A long header has its data on a line of its own before it breaks inside the lists. */
const header = (words: string, config: Doc, data: Doc): Doc => {
  const braceWidth = 2;
  const whole = concat([words, config, data]);
  const first = concat([words, config]);
  const fits =
    flatWidth(first) <= lineWidth && 2 + flatWidth(data) + braceWidth <= lineWidth && config !== "";
  return !fits || flatWidth(whole) + braceWidth <= lineWidth
    ? whole
    : concat([first, nest(concat([hardline, data]))]);
};

const isStatements = (body: ast.FnDecl["body"]): body is readonly ast.Stmt[] => Array.isArray(body);

const formatImport = (decl: ast.ImportDecl): Doc => {
  const items = decl.items.map(({ name, alias }) =>
    alias === null ? name.text : `${name.text} as ${alias.text}`,
  );
  return `import { ${items.join(", ")} } from ${formatString(decl.from.value)}`;
};

const formatResult = (context: FormatContext, result: ast.Result | null): Doc => {
  if (result === null) return "";
  return result.kind === "single"
    ? concat([" -> ", formatType(context, result.type)])
    : concat([" -> ", formatParams(context, result.items, result.span)]);
};

const formatBody = (
  context: FormatContext,
  head: Doc,
  body: readonly ast.Stmt[],
  span: Span,
): Doc => braces(context, head, body, span, 2);

const braces = (
  context: FormatContext,
  head: Doc,
  items: readonly (ast.Stmt | ast.TrainItem)[],
  span: Span,
  indent: number,
): Doc => {
  const content = sequence(context, {
    items,
    start: span.start,
    end: span.end - 1,
    format: (item) =>
      item.kind === "step" ? formatStep(context, item, indent) : formatStmt(context, item, indent),
    gap: (_before, _item, blank) => blank,
  });
  const empty =
    typeof content !== "string" && content.kind === "concat" && content.parts.length === 0;
  return empty
    ? concat([head, " {}"])
    : concat([head, " {", nest(concat([hardline, content])), hardline, "}"]);
};

const formatStep = (context: FormatContext, step: ast.StepDecl, indent: number): Doc => {
  const repeat = step.repeat === null ? [] : [" repeat ", formatExpr(context, step.repeat)];
  const head = concat([`step ${step.name.text}`, ...repeat]);
  return braces(context, head, step.items, step.span, indent + 2);
};
