// Reverse-mode differentiation: expands the `grad` markers of a graph into the ops that compute them.

import type { Graph, Op, Value } from "../ir/graph.ts";
import type { Builder } from "../ops/define.ts";
import { ops } from "../ops/index.ts";
import { addCotangents } from "../ops/mask.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { dependents, isSmooth, opsBefore } from "./gradient-path.ts";
import { rebuild, sameOp } from "./rebuild.ts";
import type { Copy } from "./rebuild.ts";

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
  const gradients = new Map<Op, Value>();
  const swept = new Set<Value>();
  return rebuild(graph, (copy, op, operands) => {
    if (op.name !== "grad") return sameOp(copy, op, operands);
    const y = op.operands[0]!;
    if (!swept.has(y)) {
      swept.add(y);
      const siblings = markers.filter((marker) => marker.operands[0] === y);
      for (const [marker, value] of sweep(copy, siblings)) gradients.set(marker, value);
    }
    copy.b.at(op.span);
    return gradients.get(op) ?? copy.b.constant(0, op.results[0]!.type);
  });
};

/** Gradients of markers with one y. An x that is not there yet comes after y, so y cannot depend on it. */
const sweep = (
  { b, values, at }: Copy,
  markers: readonly Op[],
): readonly (readonly [Op, Value])[] => {
  const known = markers.filter((marker) => values.has(marker.operands[1]!));
  const xs = known.map((marker) => at(marker.operands[1]!));
  const found = gradient(b, at(markers[0]!.operands[0]!), xs);
  return known.flatMap((marker, i) => {
    const value = found[i]!;
    return value === null ? [] : [[marker, value] as const];
  });
};
