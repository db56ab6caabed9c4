// A declaration that nothing uses, checked once: every free size is a symbol of its own.

import type { Expr, FnDecl, NetDecl, Param, Type } from "../../grammar/ast.ts";
import { symbol } from "../ir/dim.ts";
import { applyLayer } from "./apply.ts";
import { expandFunction } from "./call-function.ts";
import type { CallArg } from "./context.ts";
import { createContext } from "./create-context.ts";
import type { ContextOptions } from "./create-context.ts";
import { declareInputs } from "./inputs.ts";
import { createLayer } from "./layer.ts";
import { outerFrame } from "./model.ts";
import { frame as scopeFrame } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";
import { namesIn } from "./types.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

type Options = Omit<ContextOptions, "training" | "store" | "generic">;

export const checkGeneric = (decl: NetDecl | FnDecl, scope: Scope, options: Options): void => {
  // One time step has no meaning outside a scan.
  if (decl.kind === "net" && decl.net === "cell") return;
  const ctx = createContext({ ...options, training: true, store: new Map(), generic: true });
  const frame = { ...outerFrame(scope), fans: { in: 1, out: 1 } };
  const sizes = sizeNames(decl);
  const config = new Map<string, Item>();
  for (const param of decl.kind === "net" ? (decl.config ?? []) : []) {
    const item = param.value === null ? madeUp(param, sizes) : ctx.evaluate(param.value, frame);
    config.set(param.name.text, item.kind === "layer" ? unknown : item);
  }
  const bindings = new Map(
    [...config].map(([name, item]): [string, Binding] => [name, { item, span: null }]),
  );
  const inner = { ...frame, scope: scopeFrame(scope, bindings) };
  const params = decl.kind === "net" ? decl.data : decl.params;
  const typed = params.filter((param) => param.type !== null);
  if (typed.some((param) => hasSpread(param.type))) return;
  const inputs = declareInputs(ctx, inner, typed, new Map(), new Map());
  const given = new Map(typed.map((param, i) => [param.name.text, inputs[i] ?? unknown]));
  const args = params.flatMap((param): readonly CallArg[] => {
    const item = given.get(param.name.text);
    if (item === undefined && param.value !== null) return [];
    return [{ name: param.name.text, item: item ?? unknown, span: param.span }];
  });
  if (decl.kind === "fn") {
    expandFunction(ctx, frame, { kind: "fn", decl, scope }, args, decl.name.span);
    return;
  }
  const layer = createLayer(decl, scope, config, null, decl.name.span);
  layer.segment = "";
  applyLayer(ctx, frame, layer, args, decl.name.span);
};

const hasSpread = (type: Type | null): boolean =>
  (type?.shape ?? []).some((node) => node.kind === "spread");

/** Configuration without a default is a size where it stands in a shape; of the rest nothing is known. */
const madeUp = ({ name }: Param, sizes: ReadonlySet<string>): Item =>
  sizes.has(name.text) ? { kind: "size", dim: symbol(name.text), label: name.text } : unknown;

/** Names in the declared shapes of a declaration. */
const sizeNames = (decl: NetDecl | FnDecl): ReadonlySet<string> => {
  const body = "kind" in decl.body ? [] : decl.body;
  const inBody = body.flatMap((statement) => ("type" in statement ? [statement.type] : []));
  const data = decl.kind === "net" ? decl.data : decl.params;
  const shapes = [...inBody, ...data.map((param) => param.type)].flatMap(
    (type) => type?.shape ?? [],
  );
  const sizes = shapes.filter((node): node is Expr => node.kind !== "spread");
  return new Set(sizes.flatMap((size) => namesIn(size)).map(({ name }) => name));
};
