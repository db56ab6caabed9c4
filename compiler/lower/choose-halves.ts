// Chooses the buffers that a device keeps as halves where precision is mixed: activations and their gradients, between kernels.

import { ancestorsOf } from "../ir/ancestors.ts";
import type { Dim } from "../ir/dim.ts";
import { estimateDim } from "../ir/estimate.ts";
import type { Op, Value } from "../ir/graph.ts";
import type { Entry } from "../ir/module.ts";
import { elementCount } from "../ir/type.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Arg, Dispatch, EntryPlan, PlannedKernel } from "./plan.ts";
import { storesIn, visitExprs } from "./statements.ts";
import { isMap, isReduction } from "./value-kinds.ts";

/** Words of the least buffer that is worth it; smaller ones are biases, scales and statistics for the most part. */
const fewestWords = 1024;

/** A sum or maximum of so many elements is a statistic, one of fewer may be a pool. */
const leastShrinking = 16;

/** Slots of an entry, which keep their words: halves take the first of them. */
export const halvesOf = (
  plan: EntryPlan,
  kernels: readonly PlannedKernel[],
): ReadonlySet<number> => {
  const { graph, outputs } = plan.entry;
  const wordsOf = estimateDim(graph.sizes);
  const stored = graph.outputs.filter((_, k) => outputs[k]!.kind === "store");
  // Gradients of parameters and what an update makes of them, element by element.
  const ofUpdates = ancestorsOf(stored, (value) => !isMade(value, isMap));
  const activations = activationsIn(plan.entry, wordsOf);
  const kernelOf = (d: Dispatch): Kernel => kernels[d.kernel]!.kernel;
  const refused = new Set(plan.dispatches.flatMap((d) => refusedBy(d, kernelOf(d))));
  const halves = new Set(
    plan.slots.flatMap(({ value, role, dtype, words }, slot) =>
      value !== null &&
      role === "temporary" &&
      dtype === "f32" &&
      activations.has(value) &&
      !ofUpdates.has(value) &&
      !refused.has(slot) &&
      wordsOf(words) >= fewestWords
        ? [slot]
        : [],
    ),
  );
  const largestFirst = [...halves].toSorted(
    (a, b) => wordsOf(plan.slots[b]!.words) - wordsOf(plan.slots[a]!.words),
  );
  for (const d of plan.dispatches) {
    const own = buffersIn(d, kernelOf(d));
    const some = largestFirst.filter((slot) => halves.has(slot) && own.has(slot));
    for (const slot of tooMany(plan, d, kernelOf(d), some)) halves.delete(slot);
  }
  return halves;
};

/** Params and results: slots, and paths of what is stored. */
const buffersIn = ({ args }: Dispatch, { params, results }: Kernel): ReadonlySet<number | string> =>
  new Set(
    args
      .slice(0, params.length + results.length)
      .map((arg) => (arg.kind === "slot" ? arg.slot : arg.path)),
  );

const isMade = ({ def }: Value, by: (op: Op) => boolean): boolean =>
  def.kind === "result" && by(def.op);

/** Products, short sums and maps of what comes with a batch; not of weights, statistics and whole numbers alone. */
const activationsIn = (
  { graph, inputs }: Entry,
  wordsOf: (words: Dim) => number,
): ReadonlySet<Value> => {
  const found = new Set(
    graph.inputs.filter((_, k) => inputs[k]!.kind === "data" || inputs[k]!.kind === "draw"),
  );
  const shrinks = ({ operands, results }: Op): boolean =>
    wordsOf(elementCount(operands[0]!.type)) >=
    leastShrinking * wordsOf(elementCount(results[0]!.type));
  const isOne = (op: Op): boolean => {
    if (op.name === "contract") return true;
    if (isReduction(op)) return !shrinks(op);
    const isCount = op.name === "cast" && op.operands[0]!.type.dtype === "i32";
    return isMap(op) && !isCount && op.operands.some((operand) => found.has(operand));
  };
  for (const op of graph.ops) if (isOne(op)) for (const value of op.results) found.add(value);
  return found;
};

/** Slots that a dispatch needs whole: of which it sees a part, what it adds to or reads again, and its scratch. */
const refusedBy = ({ args }: Dispatch, { params, results, body }: Kernel): readonly number[] => {
  const again = new Set(storesIn(body).flatMap((s) => (s.accumulate === null ? [] : [s.buffer])));
  visitExprs(body, (e) => {
    if (e.kind === "load") again.add(e.buffer);
  });
  const isRefused = ({ at }: Arg, k: number): boolean => {
    const result = results[k - params.length];
    return at.length > 0 || k >= params.length + results.length || again.has(result?.name ?? "");
  };
  return args.flatMap((arg, k) => (arg.kind === "slot" && isRefused(arg, k) ? [arg.slot] : []));
};

/**
 * Those of the slots `some` that a dispatch cannot bind by themselves. Where it has more buffers than it can bind, all that
 * are whole of one slab are one binding; of a slab that it writes no two may overlap.
 */
const tooMany = (
  { memory, target }: EntryPlan,
  dispatch: Dispatch,
  kernel: Kernel,
  some: readonly number[],
): readonly number[] => {
  const all = [...buffersIn(dispatch, kernel)];
  if (all.length <= target.halves) return [];
  const slabOf = (buffer: number | string): number =>
    typeof buffer === "number" ? memory.slabOf[buffer]! : -1;
  const written = new Set(
    dispatch.args
      .slice(kernel.params.length, kernel.params.length + kernel.results.length)
      .map((arg) => slabOf(arg.kind === "slot" ? arg.slot : arg.path)),
  );
  const kept = new Set<number | string>();
  for (const slot of some) {
    const slab = slabOf(slot);
    const neighbours = all.filter((other) => slabOf(other) === slab);
    const slabs = new Set(all.filter((b) => b !== slot && !kept.has(b)).map(slabOf));
    const mayOverlap = written.has(slab) && neighbours.length > 2;
    if (!mayOverlap && kept.size + 1 + slabs.size <= target.halves) kept.add(slot);
  }
  return some.filter((slot) => !kept.has(slot));
};
