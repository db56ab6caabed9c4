// `require cond, "text"`: decided while building, or handed on as checks for when sizes are bound.

import type { RequireStmt } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { sub } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { HostExpr, SizeCheck } from "../ir/module.ts";
import type { Context, Frame } from "./context.ts";
import { describeItem } from "./describe.ts";
import { explainRequirement } from "./requirement.ts";
import { isLibrary } from "./library.ts";

/** False when the requirement does not hold: what follows in the body rests on it. */
export const evaluateRequire = (ctx: Context, frame: Frame, statement: RequireStmt): boolean => {
  const { condition, message } = statement;
  const item = ctx.evaluate(condition, frame);
  const text = message?.value ?? `\`${ctx.text(condition.span)}\` does not hold`;
  switch (item.kind) {
    case "unknown":
      return true;
    case "bool":
      if (!item.value) fail(ctx, frame, statement, text);
      return item.value;
    case "host": {
      const checks = checksOf(item.expr);
      if (checks === null) {
        const holes = { name: "require", expected: "decided by sizes and configuration" };
        ctx.report(diagnostic("DLM0303", condition.span, { ...holes, actual: describeItem(item) }));
        return false;
      }
      for (const check of checks)
        ctx.check({ code: "DLM0410", message: text, condition: check, span: condition.span });
      return true;
    }
    default: {
      const holes = { name: "require", expected: "decided by sizes and configuration" };
      ctx.report(diagnostic("DLM0303", condition.span, { ...holes, actual: describeItem(item) }));
      return false;
    }
  }
};

/** The report stands where the block was built, which is what has to change. */
const fail = (ctx: Context, frame: Frame, { condition }: RequireStmt, text: string): void => {
  const built =
    frame.owner !== null && frame.body?.kind === "layer" ? frame.owner.span : frame.callSite;
  const outside = built ?? condition.span;
  const { facts, values, helps } = explainRequirement(ctx, frame, condition);
  const inLibrary = isLibrary(condition.span.file);
  const labels: { span: Span; text: string }[] =
    built === null || inLibrary ? [] : [{ span: condition.span, text: facts }];
  ctx.report(
    diagnostic(
      "DLM0410",
      outside,
      { text },
      {
        label: values === "" ? "" : `built with ${values}`,
        labels,
        notes: inLibrary && facts !== "" ? [facts] : [],
        helps: helps.map((help) => ({ text: help })),
      },
    ),
  );
};

/** Comparisons of sizes as checks; null for what sizes do not decide. */
const checksOf = (expr: HostExpr): readonly SizeCheck["condition"][] | null => {
  if (expr.kind !== "call") return null;
  const [left, right] = expr.args;
  if (expr.fn === "and") {
    const both = [left, right].map((arg) => (arg === undefined ? null : checksOf(arg)));
    return both.every((checks) => checks !== null) ? both.flat() : null;
  }
  const a = sizeOf(left);
  const b = sizeOf(right);
  if (a === null || b === null) return null;
  switch (expr.fn) {
    case "eq":
      return [{ kind: "equal", a, b }];
    case "le":
      return [{ kind: "at-least", dim: sub(b, a), least: 0 }];
    case "lt":
      return [{ kind: "at-least", dim: sub(b, a), least: 1 }];
    default:
      return null;
  }
};

const sizeOf = (expr: HostExpr | undefined): Dim | null => {
  if (expr?.kind === "size") return expr.dim;
  return expr?.kind === "number" && Number.isInteger(expr.value) ? expr.value : null;
};
