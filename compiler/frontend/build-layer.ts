// A block and its configuration into a layer: found again on later applications of the body that builds it.

import type { NetDecl, Param } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { completeArguments, matchArguments } from "./arguments.ts";
import { createBody } from "./body.ts";
import type { CallArg, Context, Frame } from "./context.ts";
import { describeItem } from "./describe.ts";
import { createLayer } from "./layer.ts";
import type { Layer } from "./layer.ts";
import { resolveDType } from "./types.ts";
import { unknown } from "./value.ts";
import type { BlockItem, Item, Label, RatioItem, SizeItem } from "./value.ts";

export const buildLayer = (
  ctx: Context,
  frame: Frame,
  { decl, scope }: BlockItem,
  args: readonly CallArg[],
  span: Span,
): Item => {
  const name = decl.name.text;
  if (decl.broken) return unknown;
  for (let layer = frame.owner; layer !== null; layer = layer.home) {
    if (layer.decl !== decl) continue;
    ctx.report(diagnostic("DLM0214", span, { name }));
    return unknown;
  }
  const site = siteOf(frame, span);
  const layer = childAt(frame, decl, site) ?? adopt(frame, decl, scope, span, site);
  const inner: Frame = {
    scope,
    owner: layer,
    letters: new Map(),
    callSite: span,
    body: createBody("layer", name, 0),
    fans: null,
  };
  const signature = { name, params: decl.config ?? [], frame: inner };
  const taken = matchArguments(ctx, signature, args, span);
  if (taken === null) return unknown;
  const config = completeArguments(ctx, signature, taken, span, (param, item) =>
    adoptLayer(layer, param, item),
  );
  let right = true;
  for (const { param, item, span: place } of config) {
    if (!checkConfig(ctx, param, item, place)) right = false;
    layer.config.set(param.name.text, item);
  }
  return right ? { kind: "layer", layer } : unknown;
};

/** Key of a call site in this application: where it is written and how often it was reached before. */
const siteOf = (frame: Frame, span: Span): string => {
  const site = `${span.file}:${span.start}:${span.end}`;
  const count = frame.body?.sites.get(site) ?? 0;
  frame.body?.sites.set(site, count + 1);
  return `${site}#${count}`;
};

const childAt = (frame: Frame, decl: NetDecl, site: string): Layer | null => {
  const found = frame.owner?.children.get(site);
  return found !== undefined && found.decl === decl ? found : null;
};

const adopt = (
  frame: Frame,
  decl: NetDecl,
  scope: BlockItem["scope"],
  span: Span,
  site: string,
): Layer => {
  const inFunction = frame.body?.kind === "function" || (frame.owner?.inFunction ?? false);
  const layer = createLayer(decl, scope, new Map(), frame.owner, span, inFunction);
  frame.owner?.children.set(site, layer);
  frame.body?.pending.push(layer);
  return layer;
};

/** A layer given as configuration, built for it, is named by the parameter and belongs to the new layer. */
const adoptLayer = (owner: Layer, param: Param, item: Item): Item => {
  if (item.kind === "layer" && item.layer.segment === null) {
    item.layer.owner = owner;
    item.layer.segment = param.name.text;
  }
  // Inside, configuration sizes go by the names of the parameters.
  if (item.kind === "size" || item.kind === "ratio") {
    owner.labels.set(param.name.text, outerLabel(item));
    return { ...item, label: param.name.text };
  }
  return item;
};

/** What the caller calls a size that it gives: its label, or its number. */
const outerLabel = (item: SizeItem | RatioItem): Label => {
  if (item.label !== undefined && item.label !== null) return item.label;
  return item.kind === "size" && typeof item.dim === "number" ? String(item.dim) : null;
};

const staticKinds: ReadonlySet<Item["kind"]> = new Set([
  "size",
  "ratio",
  "float",
  "bool",
  "string",
  "list",
  "block",
  "layer",
  "fn",
  "intrinsic",
  "distribution",
]);

const checkConfig = (ctx: Context, param: Param, item: Item, span: Span): boolean => {
  if (item.kind === "unknown") return false;
  const name = param.name.text;
  if (!staticKinds.has(item.kind)) {
    const expected = "known when compiling";
    ctx.report(diagnostic("DLM0303", span, { name, expected, actual: describeItem(item) }));
    return false;
  }
  if (param.type === null) return true;
  const dtype = resolveDType(ctx, param.type.dtype);
  if (dtype === null) return false;
  const fits =
    dtype === "bool"
      ? item.kind === "bool"
      : item.kind === "size" ||
        (dtype === "f32" && (item.kind === "float" || item.kind === "ratio"));
  if (!fits) {
    const expected =
      dtype === "bool" ? "true or false" : dtype === "i32" ? "a whole number" : "a number";
    ctx.report(diagnostic("DLM0303", span, { name, expected, actual: describeItem(item) }));
  }
  return fits;
};
