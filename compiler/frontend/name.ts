// A name into what it means where it is written.

import type { NameExpr } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { suggest } from "../../grammar/suggest.ts";
import type { Context, Frame } from "./context.ts";
import { letterItem } from "./letters.ts";
import { find, visibleNames } from "./scope.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

/** Letters first, then the scope, then the built-in names. */
export const lookUpName = (ctx: Context, frame: Frame, name: string): Item | null => {
  const letter = frame.letters.get(name);
  if (letter !== undefined) return letterItem(letter);
  return find(frame.scope, name)?.item ?? builtIn(ctx, frame, name);
};

const builtIn = (ctx: Context, frame: Frame, name: string): Item | null => {
  switch (name) {
    case "pi":
      return { kind: "float", value: Math.PI };
    case "inf":
      return { kind: "float", value: Infinity };
    case "training":
      return { kind: "bool", value: ctx.training };
    case "step":
      return { kind: "host", dtype: "f32", expr: { kind: "step" } };
    case "fan_in":
      return frame.fans === null ? null : { kind: "size", dim: frame.fans.in };
    case "fan_out":
      return frame.fans === null ? null : { kind: "size", dim: frame.fans.out };
    default:
      return null;
  }
};

export const builtInNames: readonly string[] = ["pi", "inf", "training", "step"];

export const evaluateName = (ctx: Context, frame: Frame, expr: NameExpr): Item => {
  const item = lookUpName(ctx, frame, expr.name);
  if (item === null) return reportUnknown(ctx, frame, expr, "DLM0209");
  const misplaced =
    item.kind === "host" && item.expr.kind === "step" && frame.body?.counted === false;
  if (!misplaced || find(frame.scope, expr.name) !== null) return item;
  const holes = { statement: expr.name, place: "a block: only recipes and optimizers count steps" };
  ctx.report(diagnostic("DLM0315", expr.span, holes));
  return unknown;
};

/** Reports a name that means nothing here, with the nearest one that does. */
export const reportUnknown = (
  ctx: Context,
  frame: Frame,
  { name, span }: NameExpr,
  code: "DLM0201" | "DLM0209",
): Item => {
  if (name === "") return unknown;
  const near = suggest(name, candidates(ctx, frame, code));
  ctx.report(
    diagnostic(
      code,
      span,
      { name },
      {
        label: near === null ? "" : `did you mean \`${near}\`?`,
        ...(near === null ? {} : { fix: { span, text: near, safe: true } }),
      },
    ),
  );
  return unknown;
};

const callable = new Set(["fn", "block", "layer", "intrinsic", "optimizer", "unknown"]);

/** Where something is called, only what can be called is offered; elsewhere local names come first. */
const candidates = (ctx: Context, frame: Frame, code: "DLM0201" | "DLM0209"): readonly string[] => {
  const names = visibleNames(frame.scope);
  if (code === "DLM0209") return [...frame.letters.keys(), ...names, ...builtInNames];
  return names.filter((name) => callable.has(lookUpName(ctx, frame, name)?.kind ?? ""));
};
