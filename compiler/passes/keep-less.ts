// Makes scans keep less for their gradients: carries alone, or carries at the start of segments alone.

import type { Graph, Op, Value } from "../ir/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import { reshapeTo, sliceAlong } from "../ops/compose.ts";
import type { Builder } from "../ops/define.ts";
import { scanAttrs, stackType } from "../ops/scan.ts";
import { besides, rebuildScans } from "./rebuild.ts";
import { holdsMarkers } from "./rewrite.ts";

/** `carries`: those of every step. `segments`: those of every ceil(sqrt(length))-th, where the length is a number. */
export type Keeping = "carries" | "segments";

/** Marks every scan of a graph in which gradients are still to be taken. */
export const keepLess = (graph: Graph, keeping: Keeping): Graph =>
  holdsMarkers(graph)
    ? rebuildScans(graph, (b, op, operands) => {
        const { length } = scanAttrs(op.attrs);
        return keeping === "segments" && typeof length === "number" && length > 3
          ? segments(b, op, operands, length)
          : b.op("scan", operands, { ...op.attrs, keep: "carries" });
      })
    : graph;

/** A scan of scans; the positions that fill no segment are a scan of their own, after it. */
const segments = (
  b: Builder,
  op: Op,
  operands: readonly Value[],
  length: number,
): readonly Value[] => {
  const { body, carries, sliced, reverse } = scanAttrs(op.attrs);
  const size = Math.ceil(Math.sqrt(length));
  const count = Math.floor(length / size);
  const [stacks, whole] = [
    operands.slice(carries, carries + sliced),
    operands.slice(carries + sliced),
  ];
  const cut = (stack: Value, start: number, steps: number): Value =>
    steps === length ? stack : sliceAlong(b, stack, 0, { start, count: steps });

  const full = (before: readonly Value[]): readonly Value[] => {
    const parts = stacks.map((stack) =>
      reshapeTo(b, cut(stack, 0, count * size), [count, size, ...stack.type.shape.slice(1)]),
    );
    const made = b.op("scan", [...before, ...parts, ...whole], {
      ...op.attrs,
      body: segmentOf(op, size),
      length: count,
      keep: "carries",
    });
    return besides(made).map((value, i) =>
      i < carries ? value : reshapeTo(b, value, [count * size, ...value.type.shape.slice(2)]),
    );
  };
  const rest = (before: readonly Value[]): readonly Value[] => {
    const steps = length - count * size;
    const parts = stacks.map((stack) => cut(stack, count * size, steps));
    return besides(
      b.op("scan", [...before, ...parts, ...whole], { ...op.attrs, body, length: steps }),
    );
  };
  const before = operands.slice(0, carries);
  if (length === count * size) return full(before);
  const first = reverse ? rest(before) : full(before);
  const last = reverse ? full(first.slice(0, carries)) : rest(first.slice(0, carries));
  return last.map((value, i) => {
    if (i < carries) return value;
    const both = reverse ? [value, first[i]!] : [first[i]!, value];
    return b.op("concat", both, { axis: 0 });
  });
};

/** The steps of one segment as the body of a scan over segments. */
const segmentOf = (op: Op, size: number): Graph => {
  const { body, carries, sliced } = scanAttrs(op.attrs);
  const b = createBuilder();
  const inputs = body.inputs.map((value, i) => {
    const isStack = i >= carries && i < carries + sliced;
    const name = value.def.kind === "input" ? value.def.name : `in_${i}`;
    return b.input("%", name, isStack ? stackType(value.type, size) : value.type);
  });
  const made = b.op("scan", inputs, { ...op.attrs, length: size });
  return b.finish("segment", [], inputs, besides(made));
};
