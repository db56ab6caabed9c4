// Takes out of scans what only their results need: products become one product over all steps, after the loop.

import { ancestorsOf } from "../ir/ancestors.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import { broadcastAlong } from "../ops/compose.ts";
import type { Builder } from "../ops/define.ts";
import { scanAttrs } from "../ops/scan.ts";
import type { ScanAttrs } from "../ops/scan.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { overSteps } from "./over-steps.ts";
import { besides, rebuildScans } from "./rebuild.ts";
import { holdsMarkers } from "./rewrite.ts";
import { bodyFrom } from "./scan-body.ts";
import { fits, growsLittle, isFreeView, stepKinds } from "./step-kinds.ts";
import type { StepKind } from "./step-kinds.ts";

/**
 * A product that no carry needs leaves the loop with all that follows from it, and so does what needs no carry. The
 * loop then gives out what those are computed from.
 */
export const sink = (graph: Graph): Graph =>
  rebuildScans(graph, (b, op, operands) => {
    const attrs = scanAttrs(op.attrs);
    if (holdsMarkers(attrs.body)) return null;
    const kinds = stepKinds(attrs, growsLittle);
    const sunk = sunkOps(attrs, kinds);
    const leaves = (value: Value): boolean =>
      kinds.get(value) !== "step" || (value.def.kind === "result" && sunk.has(value.def.op));
    return attrs.body.outputs.slice(attrs.carries).some(leaves)
      ? outside(b, op, operands, attrs, kinds, sunk)
      : null;
  });

/** Ops of the loop that run after it; what needs no carry is not among them. */
const sunkOps = (
  { body, length, carries }: ScanAttrs,
  kinds: ReadonlyMap<Value, StepKind>,
): ReadonlySet<Op> => {
  const carried = ancestorsOf(body.outputs.slice(0, carries));
  const sunk = new Set<Op>();
  const isSunk = ({ def }: Value): boolean => def.kind === "result" && sunk.has(def.op);
  const free = body.ops.filter((op) => !op.results.some((value) => carried.has(value)));
  const movable = (op: Op): boolean =>
    overSteps(
      op,
      op.operands.map((value) => kinds.get(value) !== "whole"),
      length,
    ) !== null;
  const isSeed = (op: Op): boolean =>
    op.name === "contract" &&
    op.operands.every((value) => kinds.get(value) !== "step" || fits(value, op.results[0]!));
  // What follows from one that cannot leave stays as well, so that nothing is needed before it is there.
  for (const op of free) if (isSeed(op) || op.operands.some(isSunk)) sunk.add(op);
  for (const op of free.toReversed()) {
    if (!sunk.has(op)) continue;
    const readers = free.filter((reader) => reader.operands.includes(op.results[0]!));
    if (!movable(op) || readers.some((reader) => !sunk.has(reader))) sunk.delete(op);
  }
  return sunk;
};

const outside = (
  b: Builder,
  op: Op,
  operands: readonly Value[],
  { body, length, carries, sliced }: ScanAttrs,
  kinds: ReadonlyMap<Value, StepKind>,
  sunk: ReadonlySet<Op>,
): readonly Value[] => {
  const given = body.outputs.slice(carries);
  const isGone = (value: Value): boolean =>
    kinds.get(value) !== "step" || (value.def.kind === "result" && sunk.has(value.def.op));
  const leaving = given.filter(isGone);
  const kept = new Set(given.filter((value) => !isGone(value)));
  const isOut = (value: Value): boolean =>
    isGone(value) || (value.def.kind === "result" && isFreeView(value.def.op) && !kept.has(value));
  // What leaves is computed from inputs and from what the loop gives out.
  const needed = (values: readonly Value[]): ReadonlySet<Value> =>
    ancestorsOf(values, (value) => !isOut(value));
  const before = needed(leaving);
  const emitted = new Set([...kept, ...[...before].filter((value) => !isOut(value))]);
  const outputs = [...body.outputs.slice(0, carries), ...emitted];
  const stacks = new Map<Value, Value>();
  body.inputs.forEach((value, i) => {
    if (i >= carries) stacks.set(value, operands[i]!);
  });
  const results =
    outputs.length === 0
      ? []
      : besides(
          b.op("scan", operands, { ...op.attrs, body: bodyFrom(body.inputs, outputs), sliced }),
        );
  [...emitted].forEach((value, k) => stacks.set(value, results[carries + k]!));
  for (const inner of body.ops) {
    if (!inner.results.some((value) => before.has(value) && isOut(value) && !stacks.has(value)))
      continue;
    b.at(inner.span);
    const read = inner.operands.map((value) => stacks.get(value)!);
    const isWhole = kinds.get(inner.results[0]!) === "whole";
    const stacked = inner.operands.map((value) => kinds.get(value) !== "whole");
    const made = isWhole
      ? besides(b.op(opNameOf(inner), read, inner.attrs))
      : [overSteps(inner, stacked, length)!(b, read)];
    inner.results.forEach((value, i) => stacks.set(value, made[i]!));
  }
  return op.results.map((_, i) => {
    if (i < carries) return results[i]!;
    const value = stacks.get(body.outputs[i]!)!;
    const isWhole = kinds.get(body.outputs[i]!) === "whole";
    return isWhole ? broadcastAlong(b, value, [length, ...value.type.shape], [0]) : value;
  });
};
