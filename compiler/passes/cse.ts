// Makes equal ops one: the builder shares ops with equal operands, here also in either order where order is free.

import type { Graph } from "../ir/graph.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { rebuild } from "./rebuild.ts";

/** a ∘ b = b ∘ a, to the bit. */
const commutative: readonly string[] = ["add", "mul", "min", "max", "eq"];

export const shareCommonOps = (graph: Graph): Graph =>
  rebuild(graph, ({ b }, op, operands) => {
    const swap = commutative.includes(op.name) && operands[0]!.id > operands[1]!.id;
    return b.op(opNameOf(op), swap ? operands.toReversed() : operands, op.attrs);
  });
