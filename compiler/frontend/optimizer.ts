// One weight and its gradient, through the body of an optimizer, into the weight's new value and its new state.

import type { NextStmt, Stmt, StoreStmt } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Value } from "../ir/graph.ts";
import type { TensorType } from "../ir/type.ts";
import { createBody } from "./body.ts";
import type { Cell } from "./body.ts";
import { broadcastItem } from "./broadcast.ts";
import type { Context, Frame } from "./context.ts";
import { tensorItem, toNumber } from "./convert.ts";
import { within } from "./fuel.ts";
import { frame as scopeFrame } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";
import { evaluateLet } from "./statements.ts";
import { stateInput } from "./state-input.ts";
import { resolveType } from "./types.ts";
import type { ConfiguredOptimizer, Item } from "./value.ts";

/** A trained param as the optimizer sees it; the gradient has its shape. */
export type Weight = { readonly path: string; readonly value: Value; readonly gradient: Value };
/** A stored tensor and the value it gets when the step is done. */
export type StoreUpdate = { readonly path: string; readonly value: Value };

const bind = (scope: Scope, name: string, item: Item, span: Span | null): Scope =>
  scopeFrame(scope, new Map<string, Binding>([[name, { item, span }]]));

/** `state m = 0`: stored beside the weight, shaped like it unless it has a type. */
const declareState = (
  ctx: Context,
  frame: Frame,
  stmt: StoreStmt,
  weight: Weight,
  statePath: (name: string) => string,
): Cell | null => {
  const declared = stmt.type === null ? null : resolveType(ctx, frame, stmt.type);
  if (stmt.type !== null && declared === null) return null;
  const type: TensorType =
    declared === null ? weight.value.type : { dtype: declared.dtype, shape: declared.shape };
  const start = toNumber(ctx, ctx.evaluate(stmt.value, frame), stmt.value.span);
  if (start === null) return null;
  const path = statePath(stmt.name.text);
  const value = stateInput(ctx, path, type, start, stmt.span);
  return { storage: "state", path, old: tensorItem(value), next: null, span: stmt.name.span };
};

/** `next m = e` brought to the type of what it replaces. */
const assignNext = (ctx: Context, frame: Frame, stmt: NextStmt, cell: Cell): void => {
  if (cell.old.kind !== "tensor") return;
  const { type } = cell.old.value;
  const item = ctx.evaluate(stmt.value, frame);
  ctx.builder.at(stmt.span);
  const labels = type.shape.map(() => null);
  cell.next = broadcastItem(ctx, item, type.shape, labels, stmt.value.span) ?? { kind: "unknown" };
};

/**
 * Runs the body once for one weight. `statePath` names its state (`W:m`). Updates come with the weight first;
 * none when something in the body was wrong (and reported).
 */
export const updateWeight = (
  ctx: Context,
  optimizer: ConfiguredOptimizer,
  weight: Weight,
  statePath: (name: string) => string,
  callSite: Span,
): readonly StoreUpdate[] => {
  const { decl } = optimizer;
  const call = { name: decl.name.text, span: callSite, decl, once: false };
  const run = (): readonly StoreUpdate[] => runBody(ctx, optimizer, weight, statePath, callSite);
  return within(ctx, call, run) ?? [];
};

const runBody = (
  ctx: Context,
  optimizer: ConfiguredOptimizer,
  weight: Weight,
  statePath: (name: string) => string,
  callSite: Span,
): readonly StoreUpdate[] => {
  const { decl } = optimizer;
  const [w, g] = decl.data;
  if (w === undefined || g === undefined) return [];
  const body = createBody("optimizer", decl.name.text, 0);
  const old = tensorItem(weight.value);
  body.cells.set(w.name.text, {
    storage: "state",
    path: weight.path,
    old,
    next: null,
    span: w.name.span,
  });
  let scope = optimizer.scope;
  for (const [name, item] of optimizer.config) scope = bind(scope, name, item, null);
  scope = bind(scope, w.name.text, old, w.name.span);
  scope = bind(scope, g.name.text, tensorItem(weight.gradient), g.name.span);
  let frame: Frame = {
    scope,
    owner: null,
    letters: new Map(),
    callSite,
    body,
    fans: null,
  };
  for (const stmt of decl.body) {
    if (stmt.kind === "store" && stmt.storage === "state") {
      const cell = declareState(ctx, frame, stmt, weight, statePath);
      if (cell === null) return [];
      body.cells.set(stmt.name.text, cell);
      frame = { ...frame, scope: bind(frame.scope, stmt.name.text, cell.old, stmt.name.span) };
    } else if (stmt.kind === "next-stmt") {
      const cell = body.cells.get(stmt.name.text);
      if (cell === undefined)
        ctx.report(diagnostic("DLM0503", stmt.name.span, { name: stmt.name.text }));
      else assignNext(ctx, frame, stmt, cell);
    } else if (isLet(stmt)) frame = evaluateLet(ctx, frame, stmt);
    else
      ctx.report(
        diagnostic("DLM0315", stmt.span, { statement: statementWord(stmt), place: "an optimizer" }),
      );
  }
  return collectUpdates(ctx, body.cells, decl.name.text, decl.name.span);
};

const isLet = (stmt: Stmt): stmt is Extract<Stmt, { kind: "let" | "index-let" | "multi-let" }> =>
  stmt.kind === "let" || stmt.kind === "index-let" || stmt.kind === "multi-let";

const statementWord = (stmt: Stmt): string => (stmt.kind === "store" ? stmt.storage : stmt.kind);

/** Every state has its `next`; `next w` is what an optimizer is for. */
const collectUpdates = (
  ctx: Context,
  cells: ReadonlyMap<string, Cell>,
  name: string,
  span: Span,
): readonly StoreUpdate[] => {
  const updates: StoreUpdate[] = [];
  for (const [cellName, cell] of cells) {
    if (cell.next === null) {
      const helps = [{ text: `say what it becomes: \`next ${cellName} = …\`` }];
      ctx.report(diagnostic("DLM0504", cell.span, { name: cellName }, { helps }));
      return [];
    }
    if (cell.next.kind !== "tensor") return [];
    updates.push({ path: cell.path, value: ctx.builder.name(cell.next.value, `${cellName}_next`) });
  }
  if (updates.length === 0) ctx.report(diagnostic("DLM0504", span, { name }));
  return updates;
};
