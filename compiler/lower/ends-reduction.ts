// Whether a value is the end of a reduction's kernel.

import type { Op, Value } from "../ir/graph.ts";
import { equalShapes } from "../ir/type.ts";
import type { Fusing } from "./fuse-choice.ts";
import { isMap, isReduction } from "./value-kinds.ts";

/** Whether it is element by element what a reduction gives, and nothing else reads that. */
export const endsReduction = (
  value: Value,
  op: Op,
  known: Pick<Fusing, "consumers" | "required">,
): boolean =>
  op.operands.some((operand) => {
    if (operand.def.kind === "input" || known.consumers.get(operand) !== 1) return false;
    if (known.required.has(operand) || !equalShapes(operand.type.shape, value.type.shape))
      return false;
    const inner = operand.def.op;
    return isReduction(inner) || (isMap(inner) && endsReduction(operand, inner, known));
  });
