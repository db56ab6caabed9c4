// Cuts a graph out of the ops of a step: from any of its values to any others.

import { ancestorsOf } from "../ir/ancestors.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import type { GraphBuilder } from "../ops/builder.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { besides } from "./rebuild.ts";

/** The graph from `inputs`, any values of one builder, to `outputs`. */
export const bodyFrom = (inputs: readonly Value[], outputs: readonly Value[]): Graph => {
  const b = createBuilder();
  const values = new Map<Value, Value>();
  inputs.forEach((value, i) => {
    values.set(value, b.input("%", `${nameOf(value)}_${i}`, value.type));
  });
  const given = new Set(inputs);
  const reached = ancestorsOf(outputs, (value) => given.has(value));
  const ops = [...reached].flatMap((value) =>
    values.has(value) || value.def.kind === "input" ? [] : [value.def.op],
  );
  copyOps(
    b,
    [...new Set(ops)].sort((x, y) => x.results[0]!.id - y.results[0]!.id),
    values,
  );
  const at = (value: Value): Value => values.get(value)!;
  return b.finish("step", [], inputs.map(at), outputs.map(at));
};

/** What an input of a step is called: without the position that an earlier cut put behind it. */
export const nameOf = (value: Value): string => {
  const name = value.def.kind === "input" ? value.def.name : (value.hint ?? value.def.op.name);
  return name.replace(/^\d+_/, "").replace(/([._]\d+)+$/, "");
};

/** Copies ops into a builder; `values` holds the new values of what they read, and gets those of their results. */
export const copyOps = (b: GraphBuilder, ops: readonly Op[], values: Map<Value, Value>): void => {
  for (const op of ops) {
    b.at(op.span);
    const made = b.op(
      opNameOf(op),
      op.operands.map((value) => values.get(value)!),
      op.attrs,
    );
    op.results.forEach((old, i) => {
      const value = i === 0 ? made : besides(made)[i]!;
      if (!values.has(old)) values.set(old, value);
      if (old.hint !== null && value.def.kind === "result") b.name(value, old.hint);
    });
  }
};
