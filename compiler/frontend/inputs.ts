// Inputs of a model or fields of a recipe's data into graph inputs: their free sizes become symbols.

import type { Param } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { equalDims, symbol } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { Context, Frame } from "./context.ts";
import { find, frame as scopeFrame } from "./scope.ts";
import type { Binding } from "./scope.ts";
import { resolveDType, resolveSize } from "./types.ts";
import { unknown } from "./value.ts";
import type { Item, Label } from "./value.ts";

/**
 * Items in the order of `params`. Names that were free are added to `sizes`: as a symbol, or as what `fixed` says.
 * `T <= n` bounds the symbol.
 */
export const declareInputs = (
  ctx: Context,
  frame: Frame,
  params: readonly Param[],
  fixed: ReadonlyMap<string, Dim>,
  sizes: Map<string, Binding>,
): readonly Item[] => {
  const inner: Frame = { ...frame, scope: scopeFrame(frame.scope, sizes) };
  for (const param of params) bindSizes(ctx, inner, param, fixed, sizes);
  return params.map((param) => {
    const item = declareInput(ctx, inner, param);
    ctx.observe?.({ kind: "name", span: param.name.span, item });
    return item;
  });
};

const bindSizes = (
  ctx: Context,
  frame: Frame,
  param: Param,
  fixed: ReadonlyMap<string, Dim>,
  sizes: Map<string, Binding>,
): void => {
  for (const node of param.type?.shape ?? []) {
    const bounded = node.kind === "binary" && node.op === "<=" ? node : null;
    const target = bounded === null ? node : bounded.left;
    if (target.kind !== "name" || target.name === "") continue;
    const { name } = target;
    const known = find(frame.scope, name)?.item;
    if (
      known === undefined ||
      !(known.kind === "size" || known.kind === "ratio" || known.kind === "unknown")
    ) {
      const dim = fixed.get(name) ?? symbol(name);
      sizes.set(name, { item: { kind: "size", dim, label: name }, span: target.span });
      ctx.state.symbols.set(name, param.span);
    }
    if (bounded === null) continue;
    const bound = resolveSize(ctx, frame, bounded.right);
    const size = sizes.get(name)?.item;
    if (bound === null || size?.kind !== "size") continue;
    if (typeof bound.dim !== "number") {
      ctx.report(diagnostic("DLM0418", bounded.right.span, { size: name }));
    } else if (typeof size.dim === "number") {
      if (size.dim > bound.dim) {
        const holes = { size: name, value: size.dim, bound: bound.dim };
        ctx.report(diagnostic("DLM0411", bounded.span, holes));
      }
    } else ctx.state.bounds.set(name, bound.dim);
  }
};

const declareInput = (ctx: Context, frame: Frame, param: Param): Item => {
  const { name, type } = param;
  if (name.text === "") return unknown;
  if (type === null) {
    ctx.report(diagnostic("DLM0312", name.span, { name: name.text }));
    return unknown;
  }
  const dtype = resolveDType(ctx, type.dtype);
  const shape: Dim[] = [];
  const labels: Label[] = [];
  for (const node of type.shape ?? []) {
    if (node.kind === "spread") {
      ctx.report(
        diagnostic("DLM0308", node.span, { what: `the number of axes of \`${name.text}\`` }),
      );
      return unknown;
    }
    const bounded = node.kind === "binary" && node.op === "<=";
    const size = resolveSize(ctx, frame, bounded ? node.left : node);
    if (size === null) return unknown;
    shape.push(size.dim);
    labels.push(size.label);
  }
  if (dtype === null) return unknown;
  const known = ctx.state.inputs.find(
    ({ value }) =>
      value.def.kind === "input" && value.def.sigil === "%" && value.def.name === name.text,
  );
  const same =
    known === undefined ||
    (known.value.type.dtype === dtype &&
      known.value.type.shape.length === shape.length &&
      known.value.type.shape.every((dim, axis) => equalDims(dim, shape[axis]!)));
  if (!same) return unknown;
  const value = ctx.builder.input("%", name.text, { dtype, shape });
  if (known === undefined)
    ctx.state.inputs.push({
      value,
      source: { kind: "data", name: name.text, range: null, span: param.span },
    });
  const axisOrigins = (type.shape ?? []).map((node) => node.span);
  return { kind: "tensor", value, labels, origin: type.span, axisOrigins };
};
