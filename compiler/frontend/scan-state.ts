// `state h: type = e` inside a scan: a value carried from step to step, one for each application of the cell.

import type { StoreStmt } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { assign } from "./assign.ts";
import type { Context, Frame } from "./context.ts";
import { insideScan, variesIn } from "./open-scan.ts";

import type { Resolved } from "./types.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

/** The item that the name of a state stands for: its value before the step. */
export const evaluateState = (
  ctx: Context,
  frame: Frame,
  { name, value, span }: StoreStmt,
  resolved: Resolved,
): Item => {
  const scan = ctx.state.scans.at(-1);
  const { body } = frame;
  if (scan === undefined || body === null) return unknown;
  const given = scan.from?.[scan.states];
  scan.states++;
  const item = given === undefined ? ctx.evaluate(value, frame) : given.item;
  const place = given === undefined ? value.span : given.span;
  if (item.kind === "unknown") return unknown;
  ctx.builder.at(span);
  const start = assign(ctx, item, resolved, place);
  if (start.kind !== "tensor") return unknown;
  if (variesIn(scan, start.value)) {
    const holes = { expected: "a value from before the first step", actual: "part of a step" };
    ctx.report(diagnostic("DLM0304", place, holes));
    return unknown;
  }
  const inside = insideScan(ctx, scan, name.text, start.value.type);
  const old: Item = { ...start, value: inside, labels: resolved.labels };
  const cell = { storage: "state" as const, path: name.text, old, next: null, span: name.span };
  body.cells.set(name.text, cell);
  scan.carries.push({
    start: start.value,
    inside,
    next: () => {
      const next: Item | null = body.cells.get(name.text)?.next ?? null;
      return next?.kind === "tensor" ? next.value : null;
    },
  });
  return old;
};
