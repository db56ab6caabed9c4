// A layer and its data into its results: its body is elaborated once per application.

import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Value } from "../ir/graph.ts";
import { countOf, completeArguments, matchArguments } from "./arguments.ts";
import { createBody } from "./body.ts";
import type { Body } from "./body.ts";
import type { CallArg, Context, Frame } from "./context.ts";
import { within } from "./fuel.ts";
import { isLibrary } from "./library.ts";
import type { Layer } from "./layer.ts";
import { settleNames } from "./name-layers.ts";
import { decidingSpan, shapeResult } from "./result.ts";
import { frame as scopeFrame } from "./scope.ts";
import type { Binding } from "./scope.ts";
import { runStatements } from "./statements.ts";
import { createSizes, unifyInputs } from "./unify.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

export const applyLayer = (
  ctx: Context,
  caller: Frame,
  layer: Layer,
  args: readonly CallArg[],
  span: Span,
): Item => {
  const { decl } = layer;
  const name = decl.name.text;
  settleNames(ctx, caller.body, layer);
  ctx.state.seen.add(decl);
  if (decl.net === "cell" && ctx.state.scans.length === 0) {
    const help = `\`-> scan T { ${ctx.text(span)} }\``;
    ctx.report(diagnostic("DLM0501", span, { name }, { helps: [{ text: help }] }));
    return unknown;
  }
  if (!checkCount(ctx, layer, args, span)) return unknown;
  const application = ctx.state.applications.get(layer) ?? 0;
  ctx.state.applications.set(layer, application + 1);
  const body = createBody("layer", name, application);
  const frame: Frame = {
    scope: scopeFrame(layer.scope, configBindings(layer)),
    owner: layer,
    letters: new Map(),
    callSite: span,
    body,
    fans: null,
  };
  const signature = { name, params: decl.data, frame };
  const taken = matchArguments(ctx, signature, args, span);
  if (taken === null) return unknown;
  const run = (): Item => {
    const given = completeArguments(ctx, signature, taken, span);
    if (given.some(({ item }) => item.kind === "unknown")) return unknown;
    const sizes = createSizes();
    for (const [label, outer] of layer.labels) sizes.labels.set(label, outer);
    const items = unifyInputs(ctx, { name, frame, span }, given, sizes);
    if ([...items.values()].some((item) => item.kind === "unknown")) return unknown;
    const bindings = new Map<string, Binding>(sizes.names);
    for (const { name: param } of decl.data)
      bindings.set(param.text, { item: items.get(param.text) ?? unknown, span: param.span });
    const inner = { ...frame, scope: scopeFrame(frame.scope, bindings) };
    const ran = runStatements(ctx, inner, decl.body);
    settleNames(ctx, body, null);
    if (ran.values === null) {
      if (!ran.broken) ctx.report(diagnostic("DLM0314", decl.name.span, { name }));
      return unknown;
    }
    const result = shapeResult(ctx, ran.frame, ran.values, {
      name,
      result: decl.result,
      labels: sizes.labels,
      span: returnSpan(layer),
      origins: { call: span, sizes: sizes.names },
    });
    if (caller.body?.kind === "layer" && isFirst(ctx, caller.owner))
      warnSameValue(ctx, layer, [...items.values()], span);
    record(ctx, layer, body, valuesIn(result));
    return result;
  };
  return within(ctx, { name, span, decl: layer, once: false, layer }, run) ?? unknown;
};

const configBindings = (layer: Layer): ReadonlyMap<string, Binding> =>
  new Map(
    (layer.decl.config ?? []).map((param): [string, Binding] => [
      param.name.text,
      {
        item: layer.config.get(param.name.text) ?? unknown,
        span: param.name.span,
        config: true,
      },
    ]),
  );

/** Too few or too many inputs, or configuration among them, said in terms of the layer. */
const checkCount = (
  ctx: Context,
  { decl }: Layer,
  args: readonly CallArg[],
  span: Span,
): boolean => {
  const layer = decl.name.text;
  const config = (decl.config ?? []).map((param) => param.name.text);
  const data = decl.data.map((param) => param.name.text);
  const misplaced = args.find(
    ({ name }) => name !== null && config.includes(name) && !data.includes(name),
  );
  if (misplaced !== undefined) {
    const place = misplaced.nameSpan ?? misplaced.span;
    const help = `give it where the layer is built: \`${layer}(${misplaced.name} = …)\``;
    ctx.report(
      diagnostic("DLM0505", place, { name: misplaced.name ?? "" }, { helps: [{ text: help }] }),
    );
    return false;
  }
  const named = new Set(args.map((arg) => arg.name));
  const positional = args.filter((arg) => arg.name === null).length;
  const missing = decl.data.filter(
    (param, i) => i >= positional && !named.has(param.name.text) && param.value === null,
  );
  const extra = positional > data.length;
  if (missing.length === 0 && !extra) return true;
  const names = missing.map((param) => `\`${ctx.text(param.span)}\``).join(", ");
  ctx.report(
    diagnostic(
      "DLM0302",
      span,
      {
        layer,
        takes: countOf(data.length, "input"),
        given: args.length === 1 ? "1 was" : `${args.length} were`,
      },
      { label: extra ? "" : `missing ${names}` },
    ),
  );
  return false;
};

const returnSpan = ({ decl }: Layer): Span => {
  const last = decl.body.at(-1);
  const value = last?.kind === "return" ? last.values[0] : undefined;
  return value === undefined ? decl.name.span : decidingSpan(value);
};

/** Whether a layer and all around it have been applied once: then what its body repeats is written there twice. */
const isFirst = (ctx: Context, layer: Layer | null): boolean =>
  layer === null || ((ctx.state.applications.get(layer) ?? 1) === 1 && isFirst(ctx, layer.owner));

/** A shared layer with weights that computes the same thing twice is seldom meant. */
const warnSameValue = (ctx: Context, layer: Layer, items: readonly Item[], span: Span): void => {
  const { appliedTo } = ctx.state;
  const known = appliedTo.get(layer) ?? new Set();
  appliedTo.set(layer, known);
  const key = items
    .flatMap(valuesIn)
    .map(({ id }) => id)
    .join(" ");
  const owns = layer.shapes.size > 0 || layer.children.size > 0;
  if (owns && known.has(key) && !isLibrary(span.file))
    ctx.report(diagnostic("DLM0905", span, { layer: layer.segment ?? layer.decl.name.text }));
  known.add(key);
};

const valuesIn = (item: Item): readonly Value[] =>
  item.kind === "tensor" ? [item.value] : item.kind === "tuple" ? item.items.flatMap(valuesIn) : [];

/** Takes over what the application asked for: new buffer values (while training) and penalties. */
const record = (ctx: Context, layer: Layer, body: Body, results: readonly Value[]): void => {
  const { state } = ctx;
  for (const cell of body.cells.values()) {
    if (!ctx.training || cell.storage !== "buffer" || cell.next?.kind !== "tensor") continue;
    const { value } = cell.next;
    state.buffers.set(cell.path, value);
    state.updates.push({ path: cell.path, value, layer, results });
  }
  for (const [name, cell] of body.cells)
    if (cell.storage === "state" && cell.next === null)
      ctx.report(diagnostic("DLM0504", cell.span, { name }));
  for (const { value, span } of body.penalties)
    state.penalties.push({ value, layer, results, span });
};
