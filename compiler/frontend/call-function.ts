// A function and its arguments into its result: the body is expanded afresh for every call.

import type { FnDecl } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { completeArguments, matchArguments } from "./arguments.ts";
import { createFunctionBody } from "./body.ts";
import type { CallArg, Context, Frame } from "./context.ts";
import { within } from "./fuel.ts";
import { decidingSpan, shapeResult, withoutLabels } from "./result.ts";
import { frame as scopeFrame } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";
import { runStatements } from "./statements.ts";
import { createSizes, unifyInputs } from "./unify.ts";
import { unknown } from "./value.ts";
import type { FnItem, Item } from "./value.ts";

/** Typed parameters become tensors with their shapes checked; untyped ones take whatever the call gives. */
export const expandFunction = (
  ctx: Context,
  caller: Frame,
  { decl, scope }: FnItem,
  args: readonly CallArg[],
  span: Span,
): Item => {
  const name = decl.name.text;
  const frame: Frame = {
    scope,
    owner: caller.owner,
    letters: new Map(),
    callSite: span,
    body: createFunctionBody(name, caller.body),
    fans: caller.fans,
  };
  const signature = { name, params: decl.params, frame };
  const taken = matchArguments(ctx, signature, args, span);
  if (taken === null) return unknown;
  const call = { name, span, decl, once: true };
  const expand = (): Item => {
    const given = completeArguments(ctx, signature, taken, span);
    if (given.some(({ item }) => item.kind === "unknown")) return unknown;
    const sizes = createSizes();
    const untyped = given.filter(({ param }) => param.type === null);
    const inputs = scopeFrame(scope, bindingsOf(untyped));
    const callee = { name, frame: { ...frame, scope: inputs }, span };
    const items = unifyInputs(ctx, callee, given, sizes);
    const bindings = new Map<string, Binding>(sizes.names);
    for (const {
      name: { text, span: place },
    } of decl.params)
      bindings.set(text, { item: items.get(text) ?? unknown, span: place });
    if ([...items.values()].some((item) => item.kind === "unknown")) return unknown;
    const typed = decl.params.some((param) => param.type !== null);
    const inner = { ...frame, scope: scopeFrame(scope, bindings) };
    const ran = run(ctx, inner, decl);
    if (ran === null) return unknown;
    const shaped = shapeResult(ctx, ran.frame, ran.values, {
      name,
      result: decl.result,
      labels: typed ? sizes.labels : null,
      span: resultSpan(decl),
      origins: typed ? { call: span, sizes: sizes.names } : null,
    });
    return typed ? shaped : withoutLabels(shaped, namedWithin(ran.frame.scope, scope));
  };
  return within(ctx, call, expand) ?? unknown;
};

const bindingsOf = (
  given: readonly {
    readonly param: { readonly name: { text: string; span: Span } };
    readonly item: Item;
  }[],
): ReadonlyMap<string, Binding> =>
  new Map(given.map(({ param, item }) => [param.name.text, { item, span: param.name.span }]));

/** Sizes that a body gave names of its own, which say nothing to its caller. */
const namedWithin = (inner: Scope, outer: Scope): ReadonlySet<string> => {
  const names = new Set<string>();
  for (let scope: Scope | null = inner; scope !== null && scope !== outer; scope = scope.parent)
    for (const name of scope.names()) {
      const item = scope.lookup(name)?.item;
      if (item?.kind === "size" && item.label === name) names.add(name);
    }
  return names;
};

const run = (
  ctx: Context,
  frame: Frame,
  decl: FnDecl,
): { readonly frame: Frame; readonly values: readonly Item[] } | null => {
  if ("kind" in decl.body) {
    const item = ctx.evaluate(decl.body, frame);
    return item.kind === "unknown" ? null : { frame, values: [item] };
  }
  const ran = runStatements(ctx, frame, decl.body);
  if (ran.values !== null) return { frame: ran.frame, values: ran.values };
  if (!ran.broken) ctx.report(diagnostic("DLM0314", decl.name.span, { name: decl.name.text }));
  return null;
};

/** Where the result of a declaration is written. */
const resultSpan = (decl: FnDecl): Span => {
  if ("kind" in decl.body) return decidingSpan(decl.body);
  const last = decl.body.at(-1);
  const value = last?.kind === "return" ? last.values[0] : undefined;
  return value === undefined ? decl.name.span : decidingSpan(value);
};
