// What the values of a step of a scan depend on: what is the same in all steps, slices, or carries.

import { ancestorsOf } from "../ir/ancestors.ts";
import type { Dim } from "../ir/dim.ts";
import { evaluateDim, product, representativeSize, symbolsOf } from "../ir/dim.ts";
import type { Op, Value } from "../ir/graph.ts";
import type { ScanAttrs } from "../ops/scan.ts";
import { overSteps } from "./over-steps.ts";

/** `whole`: the same in all steps. `slice`: known of all steps before the loop. `step`: known in the loop only. */
export type StepKind = "whole" | "slice" | "step";

/** The kind of each value of a body. What may not leave, or has no form over all steps, is `step` whatever it reads. */
export const stepKinds = (
  { body, length, carries, sliced }: ScanAttrs,
  mayLeave: (value: Value) => boolean = () => true,
): ReadonlyMap<Value, StepKind> => {
  const kinds = new Map<Value, StepKind>();
  body.inputs.forEach((value, i) => {
    kinds.set(value, i < carries ? "step" : i < carries + sliced ? "slice" : "whole");
  });
  for (const op of body.ops) {
    const kind = kindOf(
      op,
      op.operands.map((value) => kinds.get(value)!),
      length,
    );
    const isFree = kind === "step" || op.results.every(mayLeave);
    op.results.forEach((value) => kinds.set(value, isFree ? kind : "step"));
  }
  return kinds;
};

const kindOf = (op: Op, operands: readonly StepKind[], length: Dim): StepKind => {
  if (operands.includes("step")) return "step";
  if (!operands.includes("slice")) return "whole";
  const stacked = operands.map((kind) => kind === "slice");
  return overSteps(op, stacked, length) === null ? "step" : "slice";
};

/** Ops that move or make elements and compute nothing. */
export const isView = (op: Op): boolean => views.has(op.name);

const views: ReadonlySet<string> = new Set(
  "reshape transpose broadcast slice pad concat window iota constant random cast stopGradient".split(
    " ",
  ),
);

/** Views that are made again where they are read, rather than stored: they hold no element that is not there before. */
export const isFreeView = (op: Op): boolean =>
  ["broadcast", "reshape", "transpose"].includes(op.name);

/** A size to compare by. */
export const estimateDim = (dim: Dim): number =>
  evaluateDim(dim, new Map(symbolsOf(dim).map((name) => [name, representativeSize])));

/** Elements of a value, to compare by. */
export const wordsOf = (value: Value): number => estimateDim(product(value.type.shape));

/** A value that leaves a loop may need others of this many times the bytes of what it is made of, and no more. */
const mostGrowth = 8;

/** Whether a value may be stored for all steps to make another. */
export const fits = (value: Value, result: Value): boolean =>
  wordsOf(value) <= mostGrowth * wordsOf(result);

/** Whether nothing larger by far is computed on the way from inputs to a value of `size` words. */
export const growsLittle = (value: Value, size = wordsOf(value)): boolean => {
  const before = [...ancestorsOf([value])];
  const inputs = before.filter(({ def }) => def.kind === "input").map(wordsOf);
  // What a view makes larger is never written out; what is computed from it would be.
  const written = before.filter(({ def }) => def.kind === "result" && !isView(def.op));
  const most = mostGrowth * Math.max(size, ...inputs);
  return written.every((one) => wordsOf(one) <= most);
};
