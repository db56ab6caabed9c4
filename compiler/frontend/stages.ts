// A pipeline into its value: each stage applied to what the one before gave.

import type { ApplyStage, PipeExpr, RepeatStage, Stage } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { callItem, evaluateCall, evaluateCallee } from "./call.ts";
import type { CallArg, Context, Frame } from "./context.ts";
import { toInteger } from "./convert.ts";
import { affords, spend } from "./fuel.ts";
import { evaluateScan } from "./scan.ts";
import { frame as scopeFrame } from "./scope.ts";
import { extendTrail } from "./trail.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

export const evaluatePipe = (ctx: Context, frame: Frame, expr: PipeExpr): Item =>
  runStages(ctx, frame, expr.stages, ctx.evaluate(expr.head, frame), expr.head.span);

const runStages = (
  ctx: Context,
  frame: Frame,
  stages: readonly Stage[],
  head: Item,
  span: Span,
): Item => {
  let item = head;
  let place = span;
  for (const stage of stages) {
    if (item.kind === "unknown") return unknown;
    const before = item;
    item = runStage(ctx, frame, stage, before, place);
    if (before.kind === "tensor" && item.kind === "tensor" && stage.kind === "apply")
      extendTrail(ctx, ctx.text(stage.span), before.value, item.value);
    ctx.observe?.({ kind: "stage", span: stage.span, item });
    place = stage.span;
  }
  return item;
};

const runStage = (ctx: Context, frame: Frame, stage: Stage, item: Item, place: Span): Item => {
  switch (stage.kind) {
    case "apply":
      return runApply(ctx, frame, stage, piped(item, place));
    case "repeat":
      return runRepeat(ctx, frame, stage, item, place);
    case "scan":
      return evaluateScan(ctx, frame, stage, item, place, (head) =>
        runStages(ctx, frame, stage.stages, head, place),
      );
  }
};

/** Several values are the first arguments of the stage. */
const piped = (item: Item, span: Span): readonly CallArg[] =>
  (item.kind === "tuple" ? item.items : [item]).map((each) => ({ name: null, item: each, span }));

const runApply = (
  ctx: Context,
  frame: Frame,
  { target, span }: ApplyStage,
  values: readonly CallArg[],
): Item => {
  if (target.kind === "call") return evaluateCall(ctx, frame, target, values);
  const item = evaluateCallee(ctx, frame, target);
  ctx.builder.at(span);
  if (item.kind !== "block") return callItem(ctx, frame, item, values, span, span);
  const name = item.decl.name.text;
  ctx.report(
    diagnostic(
      "DLM0203",
      span,
      { name },
      {
        helps: [
          {
            text: `build it: \`${name}()\``,
            fix: { span: { ...span, start: span.end }, text: "()", safe: true },
          },
        ],
        notes: ["functions such as `relu` own no weights and are used without `()`"],
      },
    ),
  );
  return unknown;
};

/** New layers in every round: call sites count their occurrences. */
const runRepeat = (
  ctx: Context,
  frame: Frame,
  stage: RepeatStage,
  head: Item,
  place: Span,
): Item => {
  const rounds = roundsOf(ctx, frame, stage);
  if (rounds === null) return unknown;
  let item = head;
  for (const index of rounds) {
    if (!spend(ctx, stage.span)) return unknown;
    const inner =
      stage.index === null
        ? frame
        : {
            ...frame,
            scope: scopeFrame(
              frame.scope,
              new Map([[stage.index.text, { item: index, span: stage.index.span }]]),
            ),
          };
    item = runStages(ctx, inner, stage.stages, item, place);
    if (item.kind === "unknown") return unknown;
  }
  return item;
};

const roundsOf = (ctx: Context, frame: Frame, stage: RepeatStage): Iterable<Item> | null => {
  const over = ctx.evaluate(stage.over, frame);
  if (over.kind === "unknown") return null;
  if (over.kind === "list") return over.items;
  const count = toInteger(ctx, over, stage.over.span);
  return count === null || !affords(ctx, count, stage.span) ? null : numbers(count);
};

function* numbers(count: number): Generator<Item> {
  for (let dim = 0; dim < count; dim++) yield { kind: "size", dim };
}
