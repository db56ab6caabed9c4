// Takes out of scans what needs no carry: products of slices become one product over all steps, before the loop.

import { ancestorsOf } from "../ir/ancestors.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import type { Builder } from "../ops/define.ts";
import { keepsCarriesOnly, scanAttrs } from "../ops/scan.ts";
import type { ScanAttrs } from "../ops/scan.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { overSteps } from "./over-steps.ts";
import { besides, rebuildScans } from "./rebuild.ts";
import { holdsMarkers } from "./rewrite.ts";
import { bodyFrom } from "./scan-body.ts";
import { splitConcats } from "./split-concats.ts";
import { growsLittle, isView, stepKinds } from "./step-kinds.ts";
import type { StepKind } from "./step-kinds.ts";

/**
 * A product whose operands are known of all steps leaves the loop, with what leads to it; so does what is the same in
 * all steps. Other arithmetic stays: outside it would cost as much, and a stack in memory.
 */
export const hoist = (graph: Graph): Graph =>
  rebuildScans(graph, (b, op, operands) => {
    const attrs = scanAttrs(op.attrs);
    // What is computed again to keep less must not be kept before the loop instead.
    if (holdsMarkers(attrs.body) || keepsCarriesOnly(op.attrs)) return null;
    const given = stepKinds(attrs);
    const body = splitConcats(attrs.body, (value) => given.get(value)!);
    const split = { ...attrs, body };
    const kinds = stepKinds(split);
    const leaving = leavingValues(split, kinds);
    return leaving.length === 0 ? null : outside(b, op, operands, split, kinds, leaving);
  });

/** Values that the rest of the body reads and that are better computed before the loop. */
const leavingValues = (
  { body }: ScanAttrs,
  kinds: ReadonlyMap<Value, StepKind>,
): readonly Value[] => {
  const anchors = new Set(body.ops.filter((op) => isAnchor(op, kinds)).flatMap((op) => op.results));
  const read = ancestorsOf(body.outputs, (value) => anchors.has(value));
  return [...anchors].filter((value) => read.has(value));
};

const isAnchor = (op: Op, kinds: ReadonlyMap<Value, StepKind>): boolean => {
  const [value] = op.results;
  if (op.name === "contract") return kinds.get(value!) !== "step" && growsLittle(value!);
  return kinds.get(value!) === "whole" && !isView(op) && growsLittle(value!, 0);
};

const outside = (
  b: Builder,
  op: Op,
  operands: readonly Value[],
  { body, length, reverse, carries, sliced }: ScanAttrs,
  kinds: ReadonlyMap<Value, StepKind>,
  leaving: readonly Value[],
): Value => {
  const before = new Map(body.inputs.map((value, i) => [value, operands[i]!]));
  const moved = ancestorsOf(leaving);
  for (const inner of body.ops) {
    if (!inner.results.some((value) => moved.has(value))) continue;
    b.at(inner.span);
    const read = inner.operands.map((value) => before.get(value)!);
    if (kinds.get(inner.results[0]!) === "whole") {
      const made = besides(b.op(opNameOf(inner), read, inner.attrs));
      inner.results.forEach((value, i) => before.set(value, made[i]!));
      continue;
    }
    const stacked = inner.operands.map((value) => kinds.get(value) === "slice");
    before.set(inner.results[0]!, overSteps(inner, stacked, length)!(b, read));
  }
  b.at(op.span);
  const out = new Set(leaving);
  const read = ancestorsOf(body.outputs, (value) => out.has(value));
  const of = (kind: StepKind): readonly Value[] => [
    ...body.inputs.slice(carries).filter((value) => kinds.get(value) === kind && read.has(value)),
    ...leaving.filter((value) => kinds.get(value) === kind),
  ];
  const slices = of("slice");
  const inputs = [...body.inputs.slice(0, carries), ...slices, ...of("whole")];
  return b.op(
    "scan",
    inputs.map((value) => before.get(value)!),
    {
      ...op.attrs,
      body: bodyFrom(inputs, body.outputs),
      length,
      reverse,
      carries,
      sliced: slices.length,
    },
  );
};
