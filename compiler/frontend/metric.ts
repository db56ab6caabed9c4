// A metric's scalar into accumulators over batches and the expression around them.
//
// The outermost reductions over the data are folded over the whole set (sums add, maxima meet), and what stands
// around them is computed once at the end. A mean is a sum over a count, and both add, so means are exact over
// ragged batches. `semantics.md`, section 10.

import type { Op, Value } from "../ir/graph.ts";
import type { HostExpr, HostFn } from "../ir/module.ts";
import type { Dim } from "../ir/dim.ts";
import type { Builder } from "../ops/define.ts";
import { isDim } from "../ops/attrs.ts";

export type Fold = "sum" | "max" | "min";
export type Accumulator = { readonly value: Value; readonly fold: Fold };

/** Collects the accumulators of several metrics; equal ones are shared. */
export type Accumulators = {
  readonly list: readonly Accumulator[];
  readonly add: (value: Value, fold: Fold) => HostExpr;
};

export const createAccumulators = (): Accumulators => {
  const list: Accumulator[] = [];
  return {
    list,
    add: (value, fold) => {
      const found = list.findIndex((one) => one.value === value && one.fold === fold);
      const index = found >= 0 ? found : list.push({ value, fold }) - 1;
      return { kind: "accumulator", index };
    },
  };
};

/** Ops whose scalar form the host can compute. */
const hostFn: { readonly [op: string]: HostFn } = {
  add: "add",
  sub: "sub",
  mul: "mul",
  div: "div",
  mod: "mod",
  pow: "pow",
  min: "min",
  max: "max",
  neg: "neg",
  abs: "abs",
  floor: "floor",
  exp: "exp",
  expm1: "expm1",
  log: "log",
  log1p: "log1p",
  sqrt: "sqrt",
  sin: "sin",
  cos: "cos",
  tanh: "tanh",
  erf: "erf",
  sigmoid: "sigmoid",
  eq: "eq",
  lt: "lt",
  le: "le",
  not: "not",
  select: "select",
};

/** A metric split at its reductions, before the accumulators are numbered. */
type Split =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "fold"; readonly value: Value; readonly fold: Fold }
  | { readonly kind: "call"; readonly fn: HostFn; readonly args: readonly Split[] };

const toHost = (split: Split, accumulators: Accumulators): HostExpr =>
  split.kind === "fold"
    ? accumulators.add(split.value, split.fold)
    : split.kind === "call"
      ? { ...split, args: split.args.map((arg) => toHost(arg, accumulators)) }
      : split;

/** The size of a scalar constant op, or null. */
const constantDim = (op: Op): Dim | null => {
  const value = op.attrs["value"];
  return op.name === "constant" && value !== undefined && isDim(value) ? value : null;
};

/** A size that is not the same in every batch. */
const isCount = (op: Op): boolean => typeof (constantDim(op) ?? 0) !== "number";

/** Whether a value depends on an array of the caller or a draw, or on a symbolic size, so that it changes from batch to batch. */
const createDependence = (varying: ReadonlySet<Value>): ((value: Value) => boolean) => {
  const known = new Map<Value, boolean>();
  const depends = (value: Value): boolean => {
    const earlier = known.get(value);
    if (earlier !== undefined) return earlier;
    const { def } = value;
    const answer =
      varying.has(value) ||
      (def.kind === "result" && (isCount(def.op) || def.op.operands.some(depends)));
    known.set(value, answer);
    return answer;
  };
  return depends;
};

/** Scalar ops that hand their operand through. */
const passesThrough = (op: Op): boolean =>
  op.name === "stopGradient" || op.name === "reshape" || op.name === "cast";

/** Splits a scalar at its outermost reductions over the data; null when something else stands in the way. */
const split = (value: Value, depends: (value: Value) => boolean): Split | null => {
  const op = value.def.kind === "result" ? value.def.op : null;
  const dim = op === null ? null : constantDim(op);
  // A size that grows with the batch is a count, and counts add over batches.
  if (dim !== null)
    return typeof dim === "number"
      ? { kind: "number", value: dim }
      : { kind: "fold", value, fold: "sum" };
  // Weights alone: the same in every batch, so any fold that keeps one of them is right.
  if (!depends(value)) return { kind: "fold", value, fold: "max" };
  if (op === null) return null;
  if (op.name === "reduceSum") return { kind: "fold", value, fold: "sum" };
  if (op.name === "reduceMax") return { kind: "fold", value, fold: "max" };
  if (op.operands.some((operand) => operand.type.shape.length > 0)) return null;
  const args = op.operands.map((operand) => split(operand, depends));
  if (!args.every((arg) => arg !== null)) return null;
  if (passesThrough(op)) {
    const truncates = value.type.dtype === "i32" && op.operands[0]!.type.dtype === "f32";
    return truncates ? { kind: "call", fn: "floor", args } : args[0]!;
  }
  const fn = hostFn[op.name];
  return fn === undefined ? null : { kind: "call", fn, args };
};

/**
 * Splits `metric` (a scalar, computed for one batch of `batch` examples) for evaluation over a set.
 * `varying` are the graph inputs that differ between batches; `batch` is the size of the first data axis.
 * A metric without a reduction over the data is averaged by batch size.
 */
export const foldMetric = (
  b: Builder,
  metric: Value,
  varying: ReadonlySet<Value>,
  batch: Dim,
  accumulators: Accumulators,
): HostExpr => {
  const found = split(metric, createDependence(varying));
  if (found !== null) return toHost(found, accumulators);
  const size = b.op("cast", [b.size(batch)], { dtype: "f32" });
  const total = accumulators.add(b.op("mul", [metric, size]), "sum");
  return { kind: "call", fn: "div", args: [total, accumulators.add(size, "sum")] };
};
