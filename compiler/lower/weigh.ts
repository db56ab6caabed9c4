// What it costs to compute a value where it is read, and what a buffer of it costs: time in additions, of all elements.

import type { Costs } from "../costs/target.ts";
import type { Op, Value } from "../ir/graph.ts";
import { createFreshAxis } from "../ops/to-kernel.ts";
import { axesIn, elementAt } from "./access.ts";
import type { Element } from "./access.ts";
import { workInLoops } from "./cost.ts";
import type { Site } from "./fuse.ts";
import type { LoopCounts, Times } from "./loop-counts.ts";
import { indexOf, probe } from "./value-kinds.ts";

export type Weighed = {
  /** What is done more if each reader computes what it reads. */
  readonly repeated: number;
  /** What storing all elements and loading those that are read takes. */
  readonly stored: number;
};

export type Weighing = {
  readonly costs: Costs;
  readonly loops: LoopCounts;
  /** Whether a value is computed from positions alone and loads nothing. */
  readonly ofPositions: (value: Value) => boolean;
};

export const weigh = (
  op: Op,
  found: readonly Site[],
  { loops, costs, ofPositions }: Weighing,
): Weighed => {
  const value = op.results[0]!;
  /** Arithmetic and loads; what does not change in an inner loop is done before it. */
  const costOf = ({ expr, reads }: Element, times: Times): number => {
    const loads = reads.filter(({ operand }) => !ofPositions(op.operands[operand]!));
    const loaded = loads.reduce((sum, { index }) => sum + times(axesIn(index)), 0);
    return workInLoops(expr, costs, times) + costs.load * loaded;
  };
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  const once = costOf(probe(op), timesOver(value, loops));
  const everywhere = found.map(({ root, index }) =>
    costOf(elementAt(op, index, createFreshAxis()), loops.timesIn(root)),
  );
  const reads = found.map(({ root, index }) => loops.timesIn(root)(axesIn(index)));
  const words = loops.words(value.type.shape);
  const far = words > costs.cache ? costs.far : 0;
  return {
    repeated: sum(everywhere) - once,
    stored: (costs.store + far) * words + (costs.load + far) * sum(reads),
  };
};

/** In loops over the shape of a value, whose axes are named by position. */
const timesOver =
  (value: Value, loops: LoopCounts): Times =>
  (axes) => {
    const depth = indexOf(value).findLastIndex((e) => e.kind === "axis" && axes.has(e.name)) + 1;
    return loops.words(value.type.shape.slice(0, depth));
  };
