// Copies a graph op by op into a new builder; a pass says what stands in the place of each op.

import type { Graph, Op, Value } from "../ir/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import type { GraphBuilder } from "../ops/builder.ts";
import { scanAttrs } from "../ops/scan.ts";
import { opNameOf } from "../ops/to-kernel.ts";

/** What a copy has so far: the new builder, and the new value of every old one. */
export type Copy = {
  readonly b: GraphBuilder;
  readonly values: ReadonlyMap<Value, Value>;
  /** The new value of an old one; it must have been copied. */
  readonly at: (value: Value) => Value;
};

/**
 * The values that replace the results of `op`; `operands` are already new. One value stands for the first result,
 * and those beside it for the others.
 */
export type Replace = (copy: Copy, op: Op, operands: readonly Value[]) => Value | readonly Value[];

/** The same op in the new builder. */
export const sameOp: Replace = ({ b }, op, operands) => b.op(opNameOf(op), operands, op.attrs);

/** Keeps inputs, outputs, spans and names; ops that no output needs are left out. */
export const rebuild = (graph: Graph, replace: Replace): Graph => {
  const b = createBuilder();
  const values = new Map<Value, Value>();
  const at = (value: Value): Value => values.get(value)!;
  for (const value of graph.inputs) {
    if (value.def.kind === "input")
      values.set(value, b.input(value.def.sigil, value.def.name, value.type));
  }
  for (const op of graph.ops) {
    b.at(op.span);
    const value = replace({ b, values, at }, op, op.operands.map(at));
    op.results.forEach((old, i) => {
      const made = "def" in value ? (i === 0 ? value : besides(value)[i]!) : value[i]!;
      nameLike(b, made, old);
      values.set(old, made);
    });
  }
  return b.finish(graph.name, graph.sizes, graph.inputs.map(at), graph.outputs.map(at));
};

/** All results of the op that makes a value. */
export const besides = (value: Value): readonly Value[] =>
  value.def.kind === "input" ? [value] : value.def.op.results;

/** A copy in which `replace` says what stands for each scan, null for the scan itself; without scans, the graph. */
export const rebuildScans = (
  graph: Graph,
  replace: (b: GraphBuilder, op: Op, operands: readonly Value[]) => ReturnType<Replace> | null,
): Graph =>
  graph.ops.some((op) => op.name === "scan")
    ? rebuild(
        graph,
        (copy, op, operands) =>
          (op.name === "scan" ? replace(copy.b, op, operands) : null) ?? sameOp(copy, op, operands),
      )
    : graph;

/** A graph in which every body of a scan is what `pass` makes of it, from the innermost out. */
export const inBodies = (graph: Graph, pass: (body: Graph) => Graph): Graph =>
  rebuildScans(graph, (b, op, operands) => {
    const body = pass(inBodies(scanAttrs(op.attrs).body, pass));
    return b.op("scan", operands, { ...op.attrs, body });
  });

/** Carries a name over, except to an input or to a constant that stands for something else now. */
const nameLike = (b: GraphBuilder, value: Value, like: Value): void => {
  if (like.hint === null || value.def.kind === "input" || like.def.kind === "input") return;
  const { op } = value.def;
  if (op.operands.length === 0 && op.name !== like.def.op.name) return;
  b.name(value, like.hint);
};
