// Reverse-mode differentiation: expands the `grad` markers of a graph into the ops that compute them.

import type { Graph, Op, Value } from "../ir/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import type { GraphBuilder } from "../ops/builder.ts";
import type { Builder } from "../ops/define.ts";
import { ops } from "../ops/index.ts";
import { addCotangents } from "../ops/mask.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { dependents, isSmooth, opsBefore } from "./gradient-path.ts";

/**
 * Cotangents of `xs` for the cotangent `seed` of `y` (ones if left out), of the types of `xs`;
 * null where `y` does not depend smoothly on one. `y` and `xs` are values of `b`.
 */
export const gradient = (
  b: Builder,
  y: Value,
  xs: readonly Value[],
  seed: Value = b.constant(1, y.type),
): readonly (Value | null)[] => {
  const order = opsBefore(y);
  const active = dependents(order, xs, isSmooth);
  const cotangents = new Map<Value, Value>([[y, seed]]);
  for (const op of order.toReversed()) {
    const result = op.results[0]!;
    const ct = cotangents.get(result);
    if (ct === undefined || !isSmooth(op) || !active.has(result)) continue;
    b.at(op.span);
    const rule = ops[opNameOf(op)].vjp;
    if (typeof rule !== "function") continue;
    rule(b, ct, op.operands, result, op.attrs).forEach((part, i) => {
      const operand = op.operands[i]!;
      if (part === null || operand.type.dtype !== "f32" || !active.has(operand)) return;
      const before = cotangents.get(operand);
      cotangents.set(operand, before === undefined ? part : addCotangents(b, before, part));
    });
  }
  return xs.map((x) => (active.has(y) ? (cotangents.get(x) ?? null) : null));
};

/**
 * Replaces every `grad(y, x)` by dy/dx; afterwards no marker is left. In order, so that a gradient whose `y` holds
 * another gradient finds that one expanded: second order. Markers of one `y` share one sweep.
 */
export const differentiate = (graph: Graph): Graph => {
  const markers = graph.ops.filter((op) => op.name === "grad");
  if (markers.length === 0) return graph;
  const b = createBuilder();
  const values = new Map<Value, Value>();
  for (const value of graph.inputs) {
    if (value.def.kind === "input")
      values.set(value, b.input(value.def.sigil, value.def.name, value.type));
  }
  const gradients = new Map<Op, Value>();
  for (const op of graph.ops) {
    if (op.name !== "grad") {
      values.set(op.results[0]!, copyOp(b, op, values));
      continue;
    }
    if (!gradients.has(op)) {
      const siblings = markers.filter((marker) => marker.operands[0] === op.operands[0]);
      for (const [marker, value] of sweep(b, siblings, values)) gradients.set(marker, value);
    }
    b.at(op.span);
    const found = gradients.get(op) ?? b.constant(0, op.results[0]!.type);
    values.set(op.results[0]!, nameLike(b, found, op.results[0]!));
  }
  const at = (value: Value): Value => values.get(value)!;
  return b.finish(graph.name, graph.sizes, graph.inputs.map(at), graph.outputs.map(at));
};

/** Gradients of markers with one y. An x that is not there yet comes after y, so y cannot depend on it. */
const sweep = (
  b: GraphBuilder,
  markers: readonly Op[],
  values: ReadonlyMap<Value, Value>,
): readonly (readonly [Op, Value])[] => {
  const known = markers.filter((marker) => values.has(marker.operands[1]!));
  const found = gradient(
    b,
    values.get(markers[0]!.operands[0]!)!,
    known.map((marker) => values.get(marker.operands[1]!)!),
  );
  return known.flatMap((marker, i) => {
    const value = found[i]!;
    return value === null ? [] : [[marker, value] as const];
  });
};

/** The same op in another builder. */
const copyOp = (b: GraphBuilder, op: Op, values: ReadonlyMap<Value, Value>): Value => {
  b.at(op.span);
  const operands = op.operands.map((value) => values.get(value)!);
  return nameLike(b, b.op(opNameOf(op), operands, op.attrs), op.results[0]!);
};

const nameLike = (b: GraphBuilder, value: Value, like: Value): Value =>
  like.hint === null || value.def.kind === "input" ? value : b.name(value, like.hint);
