// Tidies scans: those that differ only in what they give out become one, what nobody reads goes.

import { ancestorsOf } from "../ir/ancestors.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import { scanAttrs } from "../ops/scan.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { opsBefore } from "./gradient-path.ts";
import { rebuild } from "./rebuild.ts";

/** Scans over the same operands whose bodies compute the same ops: one scan that gives what any of them gives. */
export const mergeScans = (graph: Graph): Graph => {
  const numbers = new Map<Graph["ops"], number>();
  const groups = new Map<string, Op[]>();
  const keys = new Map<Op, string>();
  for (const op of graph.ops) {
    if (op.name !== "scan") continue;
    const { body, reverse } = scanAttrs(op.attrs);
    if (!numbers.has(body.ops)) numbers.set(body.ops, numbers.size);
    const operands = op.operands.map((value) => value.id).join(",");
    const key = `${numbers.get(body.ops)!} ${reverse} ${operands}`;
    keys.set(op, key);
    groups.set(key, [...(groups.get(key) ?? []), op]);
  }
  if ([...groups.values()].every((group) => group.length === 1)) return graph;
  const merged = new Map<string, readonly Value[]>();
  return rebuild(graph, ({ b }, op, operands) => {
    const key = keys.get(op);
    if (key === undefined) return b.op(opNameOf(op), operands, op.attrs);
    const { body, carries } = scanAttrs(op.attrs);
    const given = (one: Op): readonly Value[] => scanAttrs(one.attrs).body.outputs.slice(carries);
    const ys = [...new Set(groups.get(key)!.flatMap(given))];
    const outputs = [...body.outputs.slice(0, carries), ...ys];
    if (!merged.has(key)) {
      const made = b.op("scan", operands, { ...op.attrs, body: { ...body, outputs } });
      merged.set(key, made.def.kind === "result" ? made.def.op.results : [made]);
    }
    const results = merged.get(key)!;
    return op.results.map((_, i) =>
      i < carries ? results[i]! : results[carries + ys.indexOf(body.outputs[i]!)]!,
    );
  });
};

/** Positions of the operands and results of a scan that somebody needs. */
type Kept = { readonly inputs: readonly number[]; readonly outputs: readonly number[] };

/** Drops carries, slices and results that no output depends on; leaves out ops that nothing needs. */
export const trimScans = (graph: Graph): Graph => {
  const live = new Set<Value>(graph.outputs);
  const kept = new Map<Op, Kept>();
  for (const op of graph.ops.toReversed()) {
    if (!op.results.some((result) => live.has(result))) continue;
    if (op.name !== "scan") {
      op.operands.forEach((value) => live.add(value));
      continue;
    }
    const keep = keptOf(op, live);
    kept.set(op, keep);
    keep.inputs.forEach((i) => live.add(op.operands[i]!));
  }
  if (graph.ops.every((op) => !kept.has(op) || isWhole(op, kept.get(op)!))) return graph;
  return rebuild(graph, ({ b }, op, operands) => {
    const keep = kept.get(op);
    if (keep === undefined || isWhole(op, keep)) return b.op(opNameOf(op), operands, op.attrs);
    const { body, carries, sliced } = scanAttrs(op.attrs);
    const outputs = keep.outputs.map((i) => body.outputs[i]!);
    const needed = new Set(opsBefore(...outputs));
    const made = b.op(
      "scan",
      keep.inputs.map((i) => operands[i]!),
      {
        ...op.attrs,
        body: {
          ...body,
          inputs: keep.inputs.map((i) => body.inputs[i]!),
          ops: body.ops.filter((inner) => needed.has(inner)),
          outputs,
        },
        carries: keep.inputs.filter((i) => i < carries).length,
        sliced: keep.inputs.filter((i) => i >= carries && i < carries + sliced).length,
      },
    );
    const results = made.def.kind === "result" ? made.def.op.results : [made];
    // A result that went has no reader that stays.
    return op.results.map(({ type }, i) => results[keep.outputs.indexOf(i)] ?? b.constant(0, type));
  });
};

const isWhole = (op: Op, { inputs, outputs }: Kept): boolean =>
  inputs.length === op.operands.length && outputs.length === op.results.length;

/** A carry is needed when its last value is, or when a step that is needed reads it. */
const keptOf = (op: Op, live: ReadonlySet<Value>): Kept => {
  const { body, carries } = scanAttrs(op.attrs);
  const outputs = new Set(op.results.flatMap((result, i) => (live.has(result) ? [i] : [])));
  for (;;) {
    const read = ancestorsOf([...outputs].map((i) => body.outputs[i]!));
    const more = body.inputs.flatMap((value, i) =>
      i < carries && read.has(value) && !outputs.has(i) ? [i] : [],
    );
    more.forEach((i) => outputs.add(i));
    if (more.length > 0) continue;
    return {
      inputs: body.inputs.flatMap((value, i) =>
        (i < carries ? outputs.has(i) : read.has(value)) ? [i] : [],
      ),
      outputs: [...outputs].sort((x, y) => x - y),
    };
  }
};
