// Lets gradients of a relu ask its result where they would ask its operand, so that the operand need not be kept.

import type { Graph, Value } from "../ir/graph.ts";
import type { Builder } from "../ops/define.ts";
import { filledWith } from "../ops/mask.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { rebuild } from "../passes/rebuild.ts";

/** `x <= 0` of `if x <= 0 then 0 else x`, or null for another op. */
const conditionOf = (operands: readonly Value[]): Value | null => {
  const [condition, then, otherwise] = operands;
  if (condition?.def.kind !== "result" || condition.def.op.name !== "le") return null;
  const [x, zero] = condition.def.op.operands;
  const isRelu = x === otherwise && filledWith(zero!) === 0 && filledWith(then!) === 0;
  return isRelu ? condition : null;
};

/** With y = relu(x), `x <= 0` is `y <= 0`: also at 0 and -0, and both are false for NaN. */
export const reuseActivation = (graph: Graph): Graph => {
  const askedOf = new Map<Value, (b: Builder) => Value>();
  return rebuild(graph, ({ b }, op, operands) => {
    const asked = operands.map((value) => askedOf.get(value)?.(b) ?? value);
    const condition = op.name === "select" ? conditionOf(operands) : null;
    if (condition === null || askedOf.has(condition)) return b.op(opNameOf(op), asked, op.attrs);
    const result = b.op("select", operands);
    const zero = operands[1]!;
    askedOf.set(condition, (builder) => builder.op("le", [result, zero]));
    return result;
  });
};
