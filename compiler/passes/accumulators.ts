// Carries that a scan only adds to: one sum or product after the loop does the same.

import { CompilerBug } from "../../grammar/bug.ts";
import { ancestorsOf } from "../ir/ancestors.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import type { Builder } from "../ops/define.ts";
import { scanAttrs } from "../ops/scan.ts";
import type { ScanAttrs } from "../ops/scan.ts";
import { besides, rebuildScans } from "./rebuild.ts";
import { holdsMarkers } from "./rewrite.ts";
import { bodyFrom } from "./scan-body.ts";
import { wordsOf } from "./step-kinds.ts";
import { sumOverSteps } from "./sum-over-steps.ts";
import type { StepSum } from "./sum-over-steps.ts";

/** A carry `acc` with `next acc = acc + e` that nothing else reads; the sum of `e` over the steps. */
type Accumulator = { readonly i: number; readonly sum: Extract<StepSum, { kind: "rows" }> };

/** acc' = acc + e -> acc + the sum of e over all steps, after the loop. */
export const sumAfterLoops = (graph: Graph): Graph =>
  rebuildScans(graph, (b, op, operands) => {
    const attrs = scanAttrs(op.attrs);
    const found = holdsMarkers(attrs.body) ? [] : accumulatorsOf(attrs);
    return found.length === 0 ? null : withoutCarries(b, op, operands, attrs, found);
  });

/** Throws `CompilerBug` on a scan that carries what it only adds to: a gradient of weights in a loop, mostly. */
export const verifyScans = (graph: Graph): void => {
  for (const op of graph.ops) {
    if (op.name !== "scan") continue;
    const attrs = scanAttrs(op.attrs);
    verifyScans(attrs.body);
    for (const { i } of accumulatorsOf(attrs)) {
      const { def } = attrs.body.inputs[i]!;
      const name = def.kind === "input" ? def.name : String(i);
      throw new CompilerBug(`scan carries %${name} only to add to it`, op.span);
    }
  }
};

const accumulatorsOf = ({ body, carries, sliced }: ScanAttrs): readonly Accumulator[] => {
  const whole = new Set(body.inputs.slice(carries + sliced));
  const stacks = new Set([
    ...body.inputs.slice(carries, carries + sliced),
    ...body.outputs.slice(carries),
  ]);
  return body.inputs.slice(0, carries).flatMap((carry, i): readonly Accumulator[] => {
    const added = addedTo(carry, body.outputs[i]!);
    if (added === null || ancestorsOf([added]).has(carry)) return [];
    const readers = body.ops.filter((op) => op.operands.includes(carry));
    const uses = body.outputs.filter((value) => value === carry || value === body.outputs[i]);
    const isRead = body.ops.some((op) => op.operands.includes(body.outputs[i]!));
    if (readers.length > 1 || uses.length > 1 || isRead) return [];
    const sum = sumOverSteps(added, (value) => whole.has(value));
    if (sum.kind === "carry") return [];
    // Each step would read and write the carry; instead it writes what is not in a stack yet.
    const written = sum.stacks.filter((value) => !stacks.has(value)).map(wordsOf);
    return wordsOf(carry) > written.reduce((a, n) => a + n, 0) ? [{ i, sum }] : [];
  });
};

/** `e` of `carry + e`. */
const addedTo = (carry: Value, next: Value): Value | null => {
  if (next.def.kind === "input" || next.def.op.name !== "add") return null;
  const [a, b] = next.def.op.operands;
  return a === carry ? b! : b === carry ? a! : null;
};

const withoutCarries = (
  b: Builder,
  op: Op,
  operands: readonly Value[],
  { body, carries, sliced }: ScanAttrs,
  found: readonly Accumulator[],
): readonly Value[] => {
  const positions = body.inputs.slice(0, carries).map((_, i) => i);
  const left = positions.filter((i) => found.every((one) => one.i !== i));
  const given = [
    ...new Set([...body.outputs.slice(carries), ...found.flatMap(({ sum }) => sum.stacks)]),
  ].filter((value) => !body.inputs.slice(carries, carries + sliced).includes(value));
  const inputs = [...left.map((i) => body.inputs[i]!), ...body.inputs.slice(carries)];
  const outputs = [...left.map((i) => body.outputs[i]!), ...given];
  const made =
    outputs.length === 0
      ? []
      : besides(
          b.op("scan", [...left.map((i) => operands[i]!), ...operands.slice(carries)], {
            ...op.attrs,
            body: bodyFrom(inputs, outputs),
            carries: left.length,
          }),
        );
  const operandOf = (value: Value): Value => operands[body.inputs.indexOf(value)]!;
  const stackOf = (value: Value): Value => {
    const k = given.indexOf(value);
    return k < 0 ? operandOf(value) : made[left.length + k]!;
  };
  return op.results.map((_, i) => {
    if (i >= carries) return stackOf(body.outputs[i]!);
    const one = found.find((accumulator) => accumulator.i === i);
    return one === undefined
      ? made[left.indexOf(i)]!
      : b.op("add", [operands[i]!, one.sum.build(b, stackOf, operandOf)]);
  });
};
