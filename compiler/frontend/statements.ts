// The statements of a body, one after the other, into the names they bind and the values it returns.

import type {
  LetStmt,
  MultiLet,
  Name,
  NextStmt,
  PenaltyStmt,
  Stmt,
  ValueLet,
} from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Context, Frame } from "./context.ts";
import { isStaticNumber, toTensor } from "./convert.ts";
import { describeItem } from "./describe.ts";
import { assign } from "./assign.ts";
import { evaluateDraw } from "./draw.ts";
import { equate } from "./equate.ts";
import { indexLet } from "./index-let.ts";
import { nameLayer, settleNames } from "./name-layers.ts";
import { evaluateRequire } from "./require.ts";
import { find, frame as scopeFrame } from "./scope.ts";
import { checkNotShrunk } from "./shrunk.ts";
import { evaluateStore } from "./store.ts";
import { resolveType } from "./types.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

export type Ran = {
  /** With every name that the statements bound. */
  readonly frame: Frame;
  /** What `return` gave; null when the body has none. */
  readonly values: readonly Item[] | null;
  /** An error was reported that may explain a missing `return`. */
  readonly broken: boolean;
};

export const runStatements = (ctx: Context, start: Frame, statements: readonly Stmt[]): Ran => {
  let frame = start;
  let values: readonly Item[] | null = null;
  for (const statement of statements) {
    if (values !== null) break;
    if (statement.kind === "require") {
      // A generic check has made-up sizes, of which nothing follows.
      if (!evaluateRequire(ctx, frame, statement) && !ctx.generic)
        return { frame, values: null, broken: true };
      frame = equate(ctx, frame, statement.condition);
    } else if (statement.kind === "return")
      values = statement.values.map((expr) => ctx.evaluate(expr, frame));
    else frame = runStatement(ctx, frame, statement);
    settleNames(ctx, frame.body, null);
  }
  return { frame, values, broken: false };
};

const runStatement = (
  ctx: Context,
  frame: Frame,
  statement: Exclude<Stmt, { kind: "return" | "require" }>,
): Frame => {
  switch (statement.kind) {
    case "let":
    case "draw":
    case "multi-let":
    case "index-let":
      return evaluateLet(ctx, frame, statement);
    case "store": {
      const item = evaluateStore(ctx, frame, statement);
      ctx.observe?.({ kind: "name", span: statement.name.span, item });
      return bindName(frame, statement.name, item);
    }
    case "next-stmt":
      evaluateNext(ctx, frame, statement);
      return frame;
    case "penalty":
      evaluatePenalty(ctx, frame, statement);
      return frame;
    default:
      return statement satisfies never;
  }
};

/** The frame in which the names of a `let` are bound. */
export const evaluateLet = (ctx: Context, frame: Frame, statement: LetStmt): Frame => {
  switch (statement.kind) {
    case "let": {
      const item = evaluateValue(ctx, frame, statement);
      const fits = checkNotShrunk(ctx, frame, statement.name.text, item, statement.value);
      return bindLet(ctx, frame, statement.name, fits ? item : unknown);
    }
    case "draw":
      return bindLet(ctx, frame, statement.name, evaluateDraw(ctx, frame, statement));
    case "index-let":
      return bindLet(ctx, frame, statement.name, indexLet(ctx, frame, statement));
    case "multi-let":
      return bindAll(ctx, frame, statement);
  }
};

const bindName = (frame: Frame, name: Name, item: Item): Frame =>
  name.text === ""
    ? frame
    : {
        ...frame,
        scope: scopeFrame(frame.scope, new Map([[name.text, { item, span: name.span }]])),
      };

/** Binds a name; a layer takes it as its path, a tensor as its hint, an unlabelled size as its label. */
const bindLet = (ctx: Context, frame: Frame, name: Name, item: Item): Frame => {
  ctx.observe?.({ kind: "name", span: name.span, item });
  const before = find(frame.scope, name.text);
  const { owner } = frame;
  if (before?.item.kind === "layer" && before.item.layer.segment === name.text) {
    const labels = before.span === null ? [] : [{ span: before.span, text: "names a layer here" }];
    ctx.report(diagnostic("DLM0207", name.span, { name: name.text }, { labels }));
  }
  if (item.kind === "layer") {
    nameLayer(item.layer, frame.body, name.text);
    owner?.lets.set(name.text, item);
  }
  if (item.kind === "tensor") {
    ctx.builder.name(item.value, name.text);
    if (owner !== null && owner.owner === null) ctx.state.lets.set(name.text, item);
  }
  const named =
    (item.kind === "size" || item.kind === "ratio") && (item.label ?? null) === null
      ? { ...item, label: name.text }
      : item;
  return bindName(frame, name, named);
};

const bindAll = (ctx: Context, frame: Frame, { names, value }: MultiLet): Frame => {
  const item = ctx.evaluate(value, frame);
  const items = item.kind === "tuple" || item.kind === "list" ? item.items : [item];
  if (item.kind !== "unknown" && items.length !== names.length) {
    const values = `${items.length} value${items.length === 1 ? "" : "s"}`;
    ctx.report(diagnostic("DLM0309", value.span, { names: `${names.length} names`, values }));
  }
  const right = items.length === names.length && item.kind !== "unknown";
  return names.reduce(
    (inner, name, i) => bindLet(ctx, inner, name, right ? (items[i] ?? unknown) : unknown),
    frame,
  );
};

const evaluateValue = (ctx: Context, frame: Frame, { type, value }: ValueLet): Item => {
  const item = ctx.evaluate(value, frame);
  if (type === null) return item;
  const resolved = resolveType(ctx, frame, type);
  if (resolved === null || item.kind === "unknown") return unknown;
  ctx.builder.at(value.span);
  if (type.shape === null && (isStaticNumber(item) || item.kind === "host")) return item;
  return assign(ctx, item, resolved, value.span);
};

/** `next b = e`: at most once per name and body, and only of what the body stores. */
const evaluateNext = (ctx: Context, frame: Frame, { name, value }: NextStmt): void => {
  const item = ctx.evaluate(value, frame);
  const cell = frame.body?.cells.get(name.text);
  if (cell === undefined) {
    if (name.text !== "") ctx.report(diagnostic("DLM0503", name.span, { name: name.text }));
    return;
  }
  if (cell.next !== null) {
    const labels = [{ span: cell.span, text: "declared here" }];
    ctx.report(diagnostic("DLM0509", name.span, { name: name.text }, { labels }));
    return;
  }
  if (item.kind === "unknown" || cell.old.kind !== "tensor") {
    cell.next = unknown;
    return;
  }
  const { type } = cell.old.value;
  ctx.builder.at(value.span);
  const declared = { ...type, labels: cell.old.labels, spans: [] };
  const next = assign(ctx, item, declared, value.span);
  cell.next = cell.storage === "buffer" ? withoutGradient(ctx, next) : next;
};

/** No gradient goes into what is stored: a later application in the same step may read it. */
const withoutGradient = ({ builder }: Context, item: Item): Item =>
  item.kind === "tensor" ? { ...item, value: builder.op("stopGradient", [item.value]) } : item;

const evaluatePenalty = (ctx: Context, frame: Frame, { value }: PenaltyStmt): void => {
  const item = ctx.evaluate(value, frame);
  if (item.kind === "unknown" || frame.body === null) return;
  if (frame.body.kind === "function") {
    const holes = { statement: "penalty", place: "a function" };
    ctx.report(diagnostic("DLM0315", value.span, holes));
    return;
  }
  const tensor = toTensor(ctx, item, value.span, "f32");
  if (tensor === null) return;
  if (tensor.value.type.shape.length > 0) {
    const holes = { expected: "one number", actual: describeItem(tensor) };
    ctx.report(diagnostic("DLM0304", value.span, holes));
    return;
  }
  frame.body.penalties.push({ value: tensor.value, span: value.span });
};
