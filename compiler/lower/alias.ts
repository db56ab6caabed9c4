// Whether a reshape is another name of the words of its operand, or an index that divides positions.

import { memoryFirst } from "../costs/limits.ts";
import type { Op, Value } from "../ir/graph.ts";
import { createFreshAxis } from "../ops/to-kernel.ts";
import { elementAt } from "./access.ts";
import { divisionsIn, workOf } from "./cost.ts";
import { endsReduction } from "./ends-reduction.ts";
import type { Site } from "./fuse.ts";
import type { Fusing } from "./fuse-choice.ts";
import { divides, isMap, isReduction, probe } from "./value-kinds.ts";

/**
 * A reshape of a buffer is the buffer under another name. As an index it costs divisions where axes merge, so then
 * its operand becomes a buffer, unless these cost less than one, or it would only hold copies.
 */
export const isAlias = (op: Op, found: readonly Site[], fusing: Fusing): boolean => {
  if (op.name !== "reshape") return false;
  const { costs, loops, required } = fusing;
  const [value, operand] = [op.results[0]!, op.operands[0]!];
  if (operand.def.kind === "input" || required.has(value) || required.has(operand)) return true;
  if (!probe(op).reads.some((read) => read.index.some(divides))) return false;
  if (holdsCopies(operand.def.op, fusing)) return false;
  if (isReduction(operand.def.op) || endsReduction(operand, operand.def.op, fusing)) return true;
  const divisions = found.reduce((n, site) => {
    const index = elementAt(op, site.index, createFreshAxis()).reads.flatMap((r) => r.index);
    return n + divisionsIn(index, loops.times);
  }, 0);
  const stored = (costs.store + costs.load) * loops.words(value.type.shape);
  return costs.divide * divisions > stored;
};

/** Whether a value is spread from much smaller ones, at most compared on the way, as the mask of a pool is. */
const holdsCopies = (op: Op, fusing: Fusing): boolean => {
  if (op.name === "broadcast" || isMostlyPadding(op, fusing)) return true;
  const { costs, loops, ofPositions } = fusing;
  if (!isMap(op) || workOf(probe(op).expr, costs) > costs.functions.eq) return false;
  const sizeOf = ({ type }: Value): number => loops.words(type.shape);
  const most = sizeOf(op.results[0]!) / memoryFirst.spreading;
  return op.operands.every((operand) => {
    if (ofPositions(operand)) return true;
    const spread = operand.def.kind === "result" && operand.def.op.name === "broadcast";
    return spread && sizeOf(operand.def.op.operands[0]!) <= most;
  });
};

/** Zeros between elements, all of which sums skip. */
const isMostlyPadding = (op: Op, { loops }: Fusing): boolean => {
  const [all, inside] = [op.results[0]!, op.operands[0]].map((value) =>
    value === undefined ? Infinity : loops.words(value.type.shape),
  );
  return op.name === "pad" && all! >= memoryFirst.padding * inside!;
};
