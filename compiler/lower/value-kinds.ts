// What values of a graph are, whatever loops they are read in: functions of positions, maps, copies.

import { search } from "../costs/limits.ts";
import type { Costs } from "../costs/target.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import { axis } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { createFreshAxis } from "../ops/to-kernel.ts";
import { elementAt, meaningOf } from "./access.ts";
import type { Element } from "./access.ts";
import { workOf } from "./cost.ts";
import { childrenOf } from "./intern.ts";

/** One element of an op that has elements, at an index of its own. */
export const probe = (op: Op): Element => elementAt(op, indexOf(op.results[0]!), createFreshAxis());

/** Comparisons and sums of positions: masks, each op of which is cheaper to compute than to load. */
const isOfPositions = (value: Value, costs: Costs, depth = 0): boolean => {
  if (value.def.kind === "input" || depth > search.positions) return false;
  const { op } = value.def;
  if (op.name === "random" || meaningOf(op).kind !== "expr") return false;
  if (op.name === "constant" && Array.isArray(op.attrs["value"])) return false;
  const { expr, loops } = probe(op);
  if (loops.length > 0 || workOf(expr, costs) > costs.load) return false;
  return op.operands.every((operand) => isOfPositions(operand, costs, depth + 1));
};

/** The same for many values, each looked at once. */
export const createOfPositions = (costs: Costs): ((value: Value) => boolean) => {
  const known = new Map<Value, boolean>();
  return (value) => {
    const found = known.get(value) ?? isOfPositions(value, costs);
    known.set(value, found);
    return found;
  };
};

/** Whether an op computes element by element. */
export const isMap = (op: Op): boolean =>
  meaningOf(op).kind === "expr" && probe(op).loops.length === 0;

/** Whether an op computes each element by a reduction. */
export const isReduction = (op: Op): boolean =>
  meaningOf(op).kind === "expr" && probe(op).loops.length > 0;

/** How many ops read each value. */
export const consumersOf = (graph: Graph): ReadonlyMap<Value, number> => {
  const counts = new Map<Value, number>();
  for (const op of graph.ops)
    for (const operand of new Set(op.operands)) counts.set(operand, (counts.get(operand) ?? 0) + 1);
  return counts;
};

/** Whether an index divides. */
export const divides = (expr: Expr): boolean =>
  (expr.kind === "call" && (expr.fn === "div" || expr.fn === "mod")) ||
  childrenOf(expr).some(divides);

/** An index whose axes are named by position. */
export const indexOf = (value: Value): readonly Expr[] =>
  value.type.shape.map((_, k) => axis(`$i${k}`));
