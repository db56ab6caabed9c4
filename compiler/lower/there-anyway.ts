// Whether a value need not be kept, because what it is made of is in memory as long as it would be.

import { memoryFirst, search } from "../costs/limits.ts";
import type { Op, Value } from "../ir/graph.ts";
import { workOf } from "./cost.ts";
import type { Site } from "./fuse.ts";
import type { Fusing } from "./fuse-choice.ts";
import { isMap, probe } from "./value-kinds.ts";

/** `work`: of one element, from the sources on. */
type Sources = {
  readonly large: readonly Value[];
  readonly small: readonly Value[];
  readonly work: number;
};

/**
 * Whether a value is computed again cheaply, once in each reader, and the memory of what it is made of is no more than
 * its own: most of that is read as late as it is anyway, or would be written beside it by one kernel.
 */
export const isThereAnyway = (value: Value, found: readonly Site[], fusing: Fusing): boolean => {
  const { costs, loops, positions, consumers, sitesOf } = fusing;
  const sizeOf = ({ type }: Value): number => loops.words(type.shape);
  const positionOf = ({ def }: Value): number =>
    def.kind === "input" ? -1 : positions.get(def.op)!;
  const { large, small, work } = sourcesOf(value, fusing);
  // Reading it back would cost a load, too, if it is made of no others.
  const again = large.length === 0 ? work - costs.load : work;
  if (again * (found.length - 1) > memoryFirst.element) return false;
  if (found.some(({ index }) => loops.evaluations(index) > sizeOf(value))) return false;
  const last = Math.max(...found.map(({ root }) => positions.get(root.op)!));
  const ready = Math.max(-1, ...small.map(positionOf));
  const kept = large.filter(
    (source) =>
      source.def.kind !== "input" &&
      sitesOf(source).every(({ root }) => positions.get(root.op)! < last),
  );
  if (kept.some((source) => consumers.get(source) === 1)) return false;
  const longer = kept.filter((source) => ready >= positionOf(source));
  return longer.reduce((sum, source) => sum + sizeOf(source), 0) <= sizeOf(value);
};

/** What a value is made of element by element: values that others read too, and those much smaller than it. */
const sourcesOf = (value: Value, { costs, loops, consumers }: Fusing): Sources => {
  const [large, small] = [new Set<Value>(), new Set<Value>()];
  const count = loops.words(value.type.shape);
  let work = 0;
  const visit = (op: Op, depth: number): void => {
    work += workOf(probe(op).expr, costs);
    for (const operand of op.operands) {
      const inner = operand.def.kind === "result" ? operand.def.op : null;
      const isSmall = loops.words(operand.type.shape) * memoryFirst.shrinking <= count;
      const passes = inner !== null && depth > 0 && isMap(inner);
      if (isSmall) small.add(operand);
      else if (passes && (inner.name === "broadcast" || consumers.get(operand) === 1))
        visit(inner, depth - 1);
      else large.add(operand);
    }
  };
  if (value.def.kind === "result") visit(value.def.op, search.depth);
  return { large: [...large], small: [...small], work };
};
