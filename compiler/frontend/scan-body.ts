// What the stages of a scan built, among the values of the graph around them, into the body of one `scan` op.

import type { Dim } from "../ir/dim.ts";
import type { Op, Value } from "../ir/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import type { GraphBuilder } from "../ops/builder.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { opsBefore } from "../passes/gradient-path.ts";
import { insidesOf } from "./open-scan.ts";
import type { OpenScan } from "./open-scan.ts";

/**
 * Last values of the carries, and stacks [length, …] of `results`. What does not depend on the step stays outside:
 * the body takes it whole, and copies what is made of numbers only.
 */
export const buildScan = (
  b: GraphBuilder,
  scan: OpenScan,
  reverse: boolean,
  next: readonly Value[],
  results: readonly Value[],
): { readonly last: readonly Value[]; readonly stacks: readonly Value[] } => {
  const length: Dim = scan.length;
  const outputs = [...next, ...results];
  const order = opsBefore(...outputs);
  const varying = new Set<Value>(insidesOf(scan));
  const varies = (op: Op): boolean => op.operands.some((value) => varying.has(value));
  for (const op of order) if (varies(op)) op.results.forEach((value) => varying.add(value));

  const inner = createBuilder();
  const values = new Map<Value, Value>();
  const inputs: Value[] = [];
  const operands: Value[] = [];
  const take = (value: Value, operand: Value, hint: string): void => {
    const made = inner.input("%", `${hint}_${inputs.length}`, value.type);
    inputs.push(made);
    operands.push(operand);
    values.set(value, made);
  };
  for (const { inside, start } of scan.carries) take(inside, start, hintOf(inside));
  for (const { inside, stack } of scan.slices) take(inside, stack, hintOf(inside));
  const generated = generatedIn(order);
  const copy = (value: Value): Value => {
    const known = values.get(value);
    if (known !== undefined) return known;
    // A repeated value is taken as it is before it is repeated.
    const inside = varying.has(value) || generated.has(value) || isRepeated(value);
    if (value.def.kind === "input" || !inside) take(value, value, hintOf(value));
    else copyOp(inner, value.def.op, values, copy);
    return values.get(value)!;
  };
  // In the order they were made, so that the copies do not nest deeply.
  for (const op of order) if (varies(op)) op.results.forEach(copy);
  const made = outputs.map(copy);
  inner.at(null);
  const first = b.op("scan", operands, {
    body: inner.finish("step", [], inputs, made),
    length,
    reverse,
    carries: scan.carries.length,
    sliced: scan.slices.length,
  });
  const all = first.def.kind === "result" ? first.def.op.results : [];
  return { last: all.slice(0, next.length), stacks: all.slice(next.length) };
};

const copyOp = (
  b: GraphBuilder,
  op: Op,
  values: Map<Value, Value>,
  copy: (value: Value) => Value,
): void => {
  const operands = op.operands.map(copy);
  b.at(op.span);
  const first = b.op(opNameOf(op), operands, op.attrs);
  const made =
    first.def.kind === "result" && op.results.length > 1 ? first.def.op.results : [first];
  op.results.forEach((old, i) => {
    values.set(old, made[i]!);
    if (old.hint !== null && made[i]!.def.kind === "result") b.name(made[i]!, old.hint);
  });
};

/** `scan0.3_h` was made for `h`. */
const hintOf = (value: Value): string => {
  const name = value.def.kind === "input" ? value.def.name : (value.hint ?? value.def.op.name);
  return name.replace(/^scan\d+\.\d+_/, "").replace(/[^\w.]/g, "_");
};

const isRepeated = ({ def }: Value): boolean =>
  def.kind === "result" && def.op.name === "broadcast";

/** Values that depend on no input: numbers, positions and what is made of them. */
const generatedIn = (order: readonly Op[]): ReadonlySet<Value> => {
  const found = new Set<Value>();
  for (const op of order)
    if (op.name !== "scan" && op.operands.every((value) => found.has(value)))
      op.results.forEach((value) => found.add(value));
  return found;
};
