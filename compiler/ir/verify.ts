// Checks what must hold of every graph, whatever its ops mean.

import { CompilerBug } from "../../grammar/bug.ts";
import { symbolsOf } from "./dim.ts";
import type { Graph, Op, Value } from "./graph.ts";
import { valueName } from "./graph-parse.ts";
import { nameValues } from "./text.ts";
import { printType } from "./type.ts";

/** Throws `CompilerBug` that names what broke. `after`: the pass that made the graph, for the message. */
export function verifyGraph(
  graph: Graph,
  after: string | null = null,
  around: ReadonlySet<string> = new Set(),
): void {
  const sizes = new Set([...around, ...graph.sizes.map((s) => s.name)]);
  const names = nameValues(graph);
  const place = `graph @${graph.name}${after === null ? "" : ` after ${after}`}`;
  const fail = (message: string, op: Op | null): never => {
    throw new CompilerBug(`${place}: ${message}`, op?.span ?? null);
  };
  const label = (value: Value): string => names.get(value) ?? `value ${value.id}`;

  if (sizes.size < around.size + graph.sizes.length) fail("two sizes have one name", null);
  if (new Set(graph.ops).size < graph.ops.length) fail("an op stands there twice", null);
  const defined = new Set<Value>();
  const define = (value: Value, op: Op | null): void => {
    if (defined.has(value)) fail(`${label(value)} is defined twice`, op);
    defined.add(value);
    for (const dim of value.type.shape) {
      const unknown = symbolsOf(dim).find((name) => !sizes.has(name));
      const type = printType(value.type);
      if (unknown !== undefined) fail(`${label(value)}: ${type} has no size ${unknown}`, op);
      if (typeof dim === "number" && !(dim >= 0)) {
        fail(`${label(value)}: ${type} has a size below 0`, op);
      }
    }
  };

  const inputNames = new Set<string>();
  for (const value of graph.inputs) {
    if (value.def.kind !== "input") fail(`input ${label(value)} is the result of an op`, null);
    const name = label(value);
    if (inputNames.has(name)) fail(`two inputs are called ${name}`, null);
    if (!new RegExp(`^${valueName.source}$`).test(name)) fail(`${name} cannot be a name`, null);
    inputNames.add(name);
    define(value, null);
  }
  for (const op of graph.ops) {
    for (const operand of op.operands) {
      if (!defined.has(operand)) {
        fail(`${op.name} uses ${label(operand)} before it is defined`, op);
      }
    }
    for (const attr of Object.values(op.attrs))
      if (typeof attr === "object" && "ops" in attr) verifyGraph(attr, after, sizes);
    if (op.results.length === 0) fail(`${op.name} has no result`, op);
    for (const [index, result] of op.results.entries()) {
      const { def } = result;
      if (def.kind !== "result" || def.op !== op || def.index !== index) {
        fail(`${label(result)} does not know that ${op.name} defines it`, op);
      }
      define(result, op);
    }
  }
  for (const value of graph.outputs) {
    if (!defined.has(value)) fail(`output ${label(value)} is not defined`, null);
  }
}
