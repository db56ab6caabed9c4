// `param`, `buffer` and `state` statements into stored tensors and the graph inputs that read them.

import type { StoreStmt } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Init } from "../../runtime/abi.ts";
import { printDim } from "../ir/dim-text.ts";
import { equalDims, symbolsOf } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { TensorType } from "../ir/type.ts";
import type { Context, Fans, Frame } from "./context.ts";
import { toNumber, toBool } from "./convert.ts";
import { describeItem } from "./describe.ts";
import { distributionInit } from "./init.ts";
import type { Layer } from "./layer.ts";
import { isLibrary } from "./library.ts";
import { bufferInScans } from "./open-scan.ts";
import { evaluateState } from "./scan-state.ts";
import { resolveType } from "./types.ts";
import type { Resolved } from "./types.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

/** The item that the name stands for: what is stored, as it is before this application. */
export const evaluateStore = (ctx: Context, frame: Frame, statement: StoreStmt): Item => {
  const { storage, name, type, span } = statement;
  const { owner, body } = frame;
  if (body?.kind === "function") {
    ctx.report(diagnostic("DLM0507", span, { storage }));
    return unknown;
  }
  if (owner === null || body === null || name.text === "") return unknown;
  if (storage === "state" && owner.decl.net !== "cell") {
    ctx.report(diagnostic("DLM0508", span, {}));
    return unknown;
  }
  if (owner.inFunction && storage !== "state") {
    ctx.report(diagnostic("DLM0506", owner.span, { name: owner.decl.name.text }));
    return unknown;
  }
  if (type === null) {
    ctx.report(diagnostic("DLM0312", name.span, { name: name.text }));
    return unknown;
  }
  if (body.stored.has(name.text)) {
    ctx.report(diagnostic("DLM0207", name.span, { name: name.text }));
    return unknown;
  }
  body.stored.add(name.text);
  const resolved = resolveType(ctx, frame, type);
  const path = owner.path === "" ? name.text : `${owner.path}.${name.text}`;
  if (storage === "state")
    return resolved === null ? unknown : evaluateState(ctx, frame, statement, resolved);
  const item = resolved === null ? unknown : store(ctx, frame, statement, resolved, path);
  if (storage === "buffer")
    body.cells.set(name.text, { storage, path, old: item, next: null, span: name.span });
  if (item.kind === "tensor") owner.lets.set(name.text, item);
  return item;
};

const store = (
  ctx: Context,
  frame: Frame,
  statement: StoreStmt,
  resolved: Resolved,
  path: string,
): Item => {
  const { dtype, shape, labels, spans } = resolved;
  const fixed = ctx.generic || checkFixed(ctx, resolved);
  if (!fixed || !sameShape(ctx, frame, statement, resolved)) return unknown;
  const init = initOf(ctx, frame, statement, resolved);
  if (init === null) return unknown;
  const { storage } = statement;
  const type = { dtype, shape };
  const { span } = statement;
  if (!ctx.state.store.has(path)) {
    const blocks = blocksAround(frame.owner);
    ctx.state.store.set(path, { path, storage, type, init, stream: path, blocks, span });
  }
  const input = storedInput(ctx, path, type);
  const value = storage === "buffer" ? bufferInScans(ctx, path, input) : input;
  const origin = statement.type?.span ?? null;
  return { kind: "tensor", value, labels, origin, axisOrigins: spans };
};

/** From the outermost layer with a name to the innermost. */
const blocksAround = (layer: Layer | null): readonly (string | null)[] => {
  if (layer === null) return [];
  const { file } = layer.decl.span;
  const block = isLibrary(file) ? layer.decl.name.text : null;
  return [...blocksAround(layer.owner), ...((layer.segment ?? "") === "" ? [] : [block])];
};

/** The graph input of a stored tensor. */
export const storedInput = (ctx: Context, path: string, type: TensorType): Value => {
  const { state, builder } = ctx;
  const known = state.stored.get(path);
  if (known !== undefined) return known;
  const value = builder.input("@", path, type);
  state.stored.set(path, value);
  state.inputs.push({ value, source: { kind: "stored", path } });
  return value;
};

/** Weights live between calls, so their sizes may not change from one to the next. */
const checkFixed = (ctx: Context, { shape, spans }: Resolved): boolean => {
  const axis = shape.findIndex((dim) => typeof dim !== "number");
  const dim = shape[axis];
  if (dim === undefined) return true;
  const [symbol] = symbolsOf(dim);
  const size = typeof dim === "number" ? "" : printDim(dim);
  const place = symbol === undefined ? undefined : ctx.state.symbols.get(symbol);
  const bound = place === undefined ? "" : ` (it is bound by \`${ctx.text(place)}\`)`;
  ctx.report(
    diagnostic(
      "DLM0502",
      spans[axis]!,
      { size },
      {
        label: `${symbol ?? size} differs from call to call${bound}`,
        notes: ["weights may use literals, configuration values and fixed input sizes"],
      },
    ),
  );
  return false;
};

/** A shared layer took its sizes at its first application. */
const sameShape = (
  ctx: Context,
  { owner }: Frame,
  { name }: StoreStmt,
  { shape, spans }: Resolved,
): boolean => {
  const known = owner?.shapes.get(name.text);
  if (known === undefined) {
    owner?.shapes.set(name.text, shape);
    return true;
  }
  const axis = shape.findIndex((dim, i) => !equalDims(dim, known[i] ?? NaN));
  if (axis < 0 && known.length === shape.length) return true;
  const [left, right] = [known, shape].map((dims) => {
    const dim = dims[axis];
    return dim === undefined ? `${dims.length} axes` : printDim(dim);
  });
  const call: Span = ctx.state.calls.at(-1)?.span ?? spans[axis] ?? name.span;
  ctx.report(
    diagnostic(
      "DLM0401",
      call,
      { left: left ?? "", right: right ?? "" },
      {
        label: `\`${owner?.path}\` took its sizes at its first application`,
        labels: [{ span: spans[axis] ?? name.span, text: `${left} at first, ${right} here` }],
      },
    ),
  );
  return false;
};

const initOf = (
  ctx: Context,
  frame: Frame,
  statement: StoreStmt,
  resolved: Resolved,
): Init | null => {
  const fans = fansOf(resolved);
  const item = ctx.evaluate(statement.value, { ...frame, fans });
  const { span } = statement.value;
  if (item.kind === "unknown") return null;
  if (statement.draw) return distributionInit(ctx, item, span);
  if (item.kind === "distribution") {
    const text = `a draw is written \`~\`: \`${statement.storage} ${statement.name.text} ~ …\``;
    const holes = { expected: "a number", actual: describeItem(item) };
    ctx.report(diagnostic("DLM0304", span, holes, { helps: [{ text }] }));
    return null;
  }
  if (item.kind === "bool" && resolved.dtype === "bool") {
    const value = toBool(ctx, item, span);
    return value === null ? null : { kind: "constant", value: Number(value) };
  }
  const value = toNumber(ctx, item, span);
  return value === null ? null : { kind: "constant", value };
};

/** For `[..., in, out]`: `in` times and `out` times the product of the axes before; rank 1: both its size. */
const fansOf = ({ shape }: Resolved): Fans => {
  const sizes = shape.map((dim) => (typeof dim === "number" ? dim : 1));
  const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
  const out = sizes.at(-1) ?? 1;
  if (sizes.length < 2) return { in: out, out };
  return { in: product(sizes.slice(0, -1)), out: out * product(sizes.slice(0, -2)) };
};
