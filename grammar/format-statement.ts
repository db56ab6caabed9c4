// Statements, recipe items and parameters into documents.

import type * as ast from "./ast.ts";
import {
  commaList,
  commented,
  formatBinary,
  formatExpr,
  formatPostfix,
  formatString,
} from "./format-expression.ts";
import type { FormatContext } from "./format-expression.ts";
import { concat, flatWidth, group, hardline, join, line, nest } from "./doc.ts";
import type { Doc } from "./doc.ts";
import type { Span } from "./span.ts";

/** Columns a line may take. */
export const lineWidth = 100;

/** `prefix = value`, broken behind the `=` or inside the value, whichever reads better. */
export const assignment = (prefix: Doc, value: Doc, expr: ast.Expr, indent: number): Doc => {
  const whole = concat([prefix, " ", value]);
  if (indent + flatWidth(whole) <= lineWidth) return whole;
  const ownLine = expr.kind === "if" || expr.kind === "binary" || expr.kind === "unary";
  const fitsBelow = expr.kind !== "pipe" && indent + 2 + flatWidth(value) <= lineWidth;
  return ownLine || fitsBelow
    ? concat([prefix, nest(concat([hardline, value]))])
    : concat([prefix, " ", hanging(value, expr)]);
};

/** Brackets bring their own indentation; everything else that breaks goes in by two. */
const hanging = (value: Doc, expr: ast.Expr): Doc => {
  const brings = ["pipe", "call", "index", "list", "tuple"].includes(expr.kind);
  return brings ? value : nest(value);
};

export const formatParams = (
  context: FormatContext,
  params: readonly ast.Param[],
  within: Span,
): Doc => commaList(context, "(", params, ")", within, (param) => formatParam(context, param));

export const formatParam = (context: FormatContext, param: ast.Param): Doc =>
  concat([
    param.name.text,
    ...(param.type === null ? [] : [": ", formatType(context, param.type)]),
    ...(param.value === null ? [] : [" = ", formatExpr(context, param.value)]),
  ]);

export const formatType = (context: FormatContext, type: ast.Type): Doc => {
  const dtype = type.dtype?.text ?? "";
  if (type.shape === null) return dtype;
  const shape = commaList(context, "[", type.shape, "]", type.span, (dim) =>
    dim.kind === "spread" ? `...${dim.name?.text ?? ""}` : formatBinary(context, dim),
  );
  return concat([dtype, shape]);
};

const typed = (context: FormatContext, name: string, type: ast.Type | null): Doc =>
  type === null ? name : concat([name, ": ", formatType(context, type)]);

/** `indent`: columns left of the statement. */
export const formatStmt = (
  context: FormatContext,
  stmt: ast.Stmt | ast.TrainItem,
  indent: number,
): Doc => {
  const assign = (prefix: readonly Doc[], value: ast.Expr): Doc =>
    assignment(concat(prefix), formatExpr(context, value), value, indent);
  switch (stmt.kind) {
    case "let":
    case "draw": {
      const sign = stmt.kind === "let" ? " =" : " ~";
      return assign(["let ", typed(context, stmt.name.text, stmt.type), sign], stmt.value);
    }
    case "index-let": {
      const binders = commaList(context, "[", stmt.binders, "]", stmt.span, (binder) =>
        binder.bound === null
          ? binder.name.text
          : concat([binder.name.text, " < ", formatBinary(context, binder.bound)]),
      );
      return assign([`let ${stmt.name.text}`, binders, " ="], stmt.value);
    }
    case "multi-let":
      return assign([`let ${stmt.names.map(({ text }) => text).join(", ")} =`], stmt.value);
    case "store": {
      const name = typed(context, stmt.name.text, stmt.type);
      return assign([`${stmt.storage} `, name, stmt.draw ? " ~" : " ="], stmt.value);
    }
    case "next-stmt":
      return assign([`next ${stmt.name.text} =`], stmt.value);
    case "metric":
      return assign([`metric ${stmt.name.text} =`], stmt.value);
    case "setting":
      return assign([`${stmt.name.text}:`], stmt.value);
    case "penalty":
      return concat(["penalty ", hanging(formatExpr(context, stmt.value), stmt.value)]);
    case "require": {
      const condition = formatExpr(context, stmt.condition);
      return stmt.message === null
        ? concat(["require ", nest(condition)])
        : group(
            concat([
              "require ",
              nest(concat([condition, ",", line, formatString(stmt.message.value)])),
            ]),
          );
    }
    case "return":
      return formatReturn(context, stmt);
    case "data": {
      const fields = commented(context, stmt.fields, stmt.span.start, false, (field) =>
        formatParam(context, field),
      );
      return group(concat(["data ", nest(join(concat([",", line]), fields))]));
    }
    case "minimize":
      return formatMinimize(context, stmt);
    case "step":
      return "";
  }
};

const formatReturn = (context: FormatContext, stmt: ast.ReturnStmt): Doc => {
  const [only] = stmt.values;
  if (stmt.values.length === 1 && only !== undefined) {
    return concat(["return ", hanging(formatExpr(context, only), only)]);
  }
  const values = commented(context, stmt.values, stmt.span.start, false, (value) =>
    formatExpr(context, value),
  );
  return group(concat(["return ", nest(join(concat([",", line]), values))]));
};

/** Each target stands on its own line when the sentence does not fit on one. */
const formatMinimize = (context: FormatContext, stmt: ast.MinimizeStmt): Doc => {
  const loss = formatExpr(context, stmt.loss);
  const targets = commented(context, stmt.targets, stmt.loss.span.end, false, (target) =>
    formatTarget(context, target),
  );
  const separator = targets.length > 1 ? hardline : line;
  return group(
    concat([
      "minimize ",
      hanging(loss, stmt.loss),
      nest(concat([separator, join(separator, targets)])),
    ]),
  );
};

const formatTarget = (context: FormatContext, target: ast.Target): Doc => {
  const using = concat(["using ", formatPostfix(context, target.using)]);
  const clip = target.clip === null ? [] : [" clip ", formatBinary(context, target.clip)];
  const paths = target.over.map(({ names }) => names.map(({ text }) => text).join("."));
  const over = paths.length === 0 ? [] : [`over ${paths.join(", ")}`, line];
  return group(concat([...over, using, ...clip]));
};
