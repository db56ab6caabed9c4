// Reverse-mode differentiation: expands the `grad` markers of a graph into the ops that compute them.

import type { Graph, Op, Value } from "../ir/graph.ts";
import type { Builder } from "../ops/define.ts";
import { ops } from "../ops/index.ts";
import { addCotangents } from "../ops/mask.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { dependents, isSmooth, opsBefore } from "./gradient-path.ts";
import { scanCotangents } from "./differentiate-scan.ts";
import type { PullBack } from "./differentiate-scan.ts";
import { inBodies, rebuild, sameOp } from "./rebuild.ts";
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
): readonly (Value | null)[] => pullBack(b, [y], [seed], xs);

/** As `gradient`, of several values with a cotangent each. */
const pullBack: PullBack = (b, ys, seeds, xs) => {
  const order = opsBefore(...ys);
  const active = dependents(order, xs, isSmooth);
  const cotangents = new Map<Value, Value>();
  const add = (value: Value, part: Value): void => {
    const before = cotangents.get(value);
    cotangents.set(value, before === undefined ? part : addCotangents(b, before, part));
  };
  ys.forEach((y, i) => {
    if (active.has(y)) add(y, seeds[i]!);
  });
  for (const op of order.toReversed()) {
    const given = op.results.map((result) => cotangents.get(result) ?? null);
    if (given.every((ct) => ct === null) || !isSmooth(op) || !active.has(op.results[0]!)) continue;
    b.at(op.span);
    const wanted = op.operands.map((value) => value.type.dtype === "f32" && active.has(value));
    cotangentsOf(b, op, given, wanted).forEach((part, i) => {
      if (part !== null && wanted[i] === true) add(op.operands[i]!, part);
    });
  }
  return xs.map((x) => cotangents.get(x) ?? null);
};

/** Cotangents of the operands of one op for those of its results. */
const cotangentsOf = (
  b: Builder,
  op: Op,
  given: readonly (Value | null)[],
  wanted: readonly boolean[],
): readonly (Value | null)[] => {
  if (op.name === "scan") return scanCotangents(b, op, given, wanted, pullBack);
  const rule = ops[opNameOf(op)].vjp;
  return typeof rule === "function"
    ? rule(b, given[0]!, op.operands, op.results[0]!, op.attrs)
    : [];
};

/**
 * Replaces every `grad(y, x)` by dy/dx; afterwards no marker is left. In order, so that a gradient whose `y` holds
 * another gradient finds that one expanded: second order. Markers of one `y` share one sweep.
 */
export const differentiate = (graph: Graph): Graph => expandMarkers(inBodies(graph, expandMarkers));

const expandMarkers = (graph: Graph): Graph => {
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
