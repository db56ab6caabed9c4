// `let y[i, j < n] = e` into a tensor with an axis per binder.

import type { IndexLet } from "../../grammar/ast.ts";
import type { Dim } from "../ir/dim.ts";
import { bindLetters } from "./bind-letters.ts";
import type { Context, Frame } from "./context.ts";
import { dtypeOf, refuseLetters } from "./convert.ts";
import { describeItem } from "./describe.ts";
import { diagnostic } from "../../grammar/report.ts";
import { expressionText } from "./expression-text.ts";
import { lettersOf } from "./letters.ts";
import { perLetterValue } from "./pointwise.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

export const indexLet = (ctx: Context, frame: Frame, stmt: IndexLet): Item => {
  // Letters of an enclosing statement are not in scope here: this is a statement of its own.
  const outer: Frame = { ...frame, letters: new Map() };
  const bound = bindLetters(ctx, outer, stmt.binders, [stmt.value]);
  if (bound === null) return unknown;
  const item = ctx.evaluate(stmt.value, bound.frame);
  const dtype = dtypeOf(item);
  if (dtype === null) {
    if (item.kind !== "unknown") {
      const holes = { expected: "one number per letter", actual: describeItem(item) };
      ctx.report(diagnostic("DLM0304", stmt.value.span, holes));
    }
    return unknown;
  }
  ctx.builder.at(stmt.span);
  const extents = new Map<string, Dim>(bound.letters.map(({ key, extent }) => [key, extent!]));
  // In a function called per letter of another statement, a result would have those letters as well.
  if ([...lettersOf(item).keys()].some((key) => !extents.has(key))) {
    refuseLetters(ctx, null, stmt.value.span);
    return unknown;
  }
  const text = expressionText(stmt.value);
  const value = perLetterValue(ctx, item, text, dtype, extents, stmt.value.span);
  if (value === null) return unknown;
  const labels = bound.letters.map(({ key }) => bound.labels.get(key) ?? null);
  return { kind: "tensor", value, labels, origin: stmt.name.span };
};
