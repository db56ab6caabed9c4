// Checks the ops of a graph against their records: names, operands, and result types.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Graph } from "../ir/graph.ts";
import { equalTypes, printType } from "../ir/type.ts";
import { ops } from "./index.ts";
import { bodyOf } from "./scan.ts";
import { opNameOf } from "./to-kernel.ts";

/** Throws `CompilerBug` naming the first op whose record disagrees; `verifyGraph` checks what holds of any op. */
export const verifyOps = (graph: Graph, after: string | null = null): void => {
  const place = `graph @${graph.name}${after === null ? "" : ` after ${after}`}`;
  for (const op of graph.ops) {
    const def = ops[opNameOf(op)];
    const fail = (message: string): never => {
      throw new CompilerBug(`${place}: ${op.name} ${message}`, op.span);
    };
    if (def.arity !== "many" && def.arity !== op.operands.length)
      fail(`takes ${def.arity} operands, has ${op.operands.length}`);
    const body = bodyOf(op);
    if (body !== null) verifyOps(body, after);
    const types = def.infer(
      op.operands.map((value) => value.type),
      op.attrs,
    );
    const stated = op.results.map((value) => value.type);
    const agree =
      types.length === stated.length && types.every((t, i) => equalTypes(t, stated[i]!));
    if (!agree)
      fail(`is ${types.map(printType).join(", ")}, not ${stated.map(printType).join(", ")}`);
  }
};
