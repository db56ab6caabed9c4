// A size of a declared result that has fallen below one: DLM0408 in words of heights and widths.

import type { Dim as DimNode, Expr, NetDecl } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Value } from "../ir/graph.ts";
import type { Context, Frame } from "./context.ts";
import { find, frame as scopeFrame } from "./scope.ts";
import type { Item } from "./value.ts";

const words: ReadonlyMap<string, string> = new Map([
  ["H", "height"],
  ["W", "width"],
  ["T", "length"],
  ["D", "depth"],
]);

/** Reports a `let` that names an axis of the result and is below 1. False after a report. */
export const checkNotShrunk = (
  ctx: Context,
  frame: Frame,
  name: string,
  item: Item,
  value: Expr,
): boolean => {
  const decl = frame.owner?.decl;
  if (decl === undefined || frame.body?.kind !== "layer") return true;
  if (item.kind !== "size" || typeof item.dim !== "number" || item.dim >= 1) return true;
  const axis = resultAxis(decl, name);
  const input = axis < 0 ? null : nameOf(decl.data[0]?.type?.shape?.[axis]);
  if (input === null) return true;
  const word = words.get(input) ?? `\`${input}\``;
  const what = input === "H" || input === "W" ? "image" : "input";
  const call = ctx.state.calls.at(-1)?.span ?? value.span;
  const pads = (decl.config ?? []).some((param) => param.name.text === "pad");
  const trail = sizesOnTheWay(ctx, frame, decl, axis);
  ctx.report(
    diagnostic(
      "DLM0408",
      call,
      { what, size: word, value: item.dim },
      {
        label: needs(ctx, frame, decl, input, word, value),
        notes: trail === null ? [] : [`${word}s on the way: ${trail}`],
        helps: pads ? [{ text: 'use `pad = "same"`, or drop a pooling stage' }] : [],
      },
    ),
  );
  return false;
};

const nameOf = (node: DimNode | undefined): string | null =>
  node?.kind === "name" ? node.name : null;

/** The axis of the result that a name stands for, or -1. */
const resultAxis = ({ result }: NetDecl, name: string): number =>
  result?.kind === "single"
    ? (result.type.shape ?? []).findIndex((node) => nameOf(node) === name)
    : -1;

/** Sizes beyond this are not tried. */
const most = 4096;

/** `needs height and width of at least 5, got 3`: the expression evaluated with larger and larger sizes. */
const needs = (
  ctx: Context,
  frame: Frame,
  decl: NetDecl,
  input: string,
  word: string,
  value: Expr,
): string => {
  const given = sizeNamed(frame, input);
  if (given === null) return "";
  for (let dim = given + 1; dim <= most; dim++) {
    const larger = { item: { kind: "size", dim, label: input } as const, span: null };
    const scope = scopeFrame(frame.scope, new Map([[input, larger]]));
    const item = ctx.evaluate(value, { ...frame, scope });
    if (item.kind !== "size" || typeof item.dim !== "number") return "";
    if (item.dim < 1) continue;
    const other = input === "H" ? "W" : input === "W" ? "H" : null;
    const square = other !== null && sizeNamed(frame, other) === given && takes(decl, other);
    return `needs ${square ? "height and width" : word} of at least ${dim}, got ${given}`;
  }
  return "";
};

const takes = (decl: NetDecl, name: string): boolean =>
  (decl.data[0]?.type?.shape ?? []).some((node) => nameOf(node) === name);

const sizeNamed = (frame: Frame, name: string): number | null => {
  const item = find(frame.scope, name)?.item;
  return item?.kind === "size" && typeof item.dim === "number" ? item.dim : null;
};

/** `28 -> Conv 24 -> max_pool 12`: the stages that changed the axis. */
const sizesOnTheWay = (ctx: Context, frame: Frame, decl: NetDecl, axis: number): string | null => {
  const input = find(frame.scope, decl.data[0]?.name.text ?? "")?.item;
  if (input?.kind !== "tensor") return null;
  const steps = ctx.state.trails.get(input.value) ?? [];
  const first = steps[0]?.from;
  if (first === undefined) return null;
  const sizeOf = (value: Value): string => String(value.type.shape[axis]);
  const changed = steps.filter(({ from, to }) => sizeOf(from) !== sizeOf(to));
  if (changed.length === 0) return null;
  return [
    sizeOf(first),
    ...changed.map(({ text, to }) => `${/^\w+/.exec(text)?.[0] ?? text} ${sizeOf(to)}`),
  ].join(" -> ");
};
