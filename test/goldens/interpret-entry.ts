// One entry of a module run by the interpreter, in doubles: named data and stored tensors in, named results out.

import { printDim } from "../../compiler/ir/dim-text.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import type { Entry, HostExpr, HostFn, Module } from "../../compiler/ir/module.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { tensor, type Tensor } from "../../compiler/kernel/tensor.ts";

export type Outcome = {
  /** Every output, in order. */
  readonly outputs: readonly Tensor[];
  readonly results: ReadonlyMap<string, Tensor>;
  /** Stored tensors the entry writes: path → new value. */
  readonly stores: ReadonlyMap<string, Tensor>;
  readonly loss: number | null;
  readonly penalty: number | null;
  /** Metrics of a training step, by name. */
  readonly metrics: ReadonlyMap<string, number>;
};
export type Given = {
  readonly data: ReadonlyMap<string, Tensor>;
  readonly stored: ReadonlyMap<string, Tensor>;
  /** Update number, from 1. */
  readonly step?: number;
  /** Key words and counter of a stream of draws. */
  readonly draw?: (stream: string) => readonly number[];
  /** Sizes that no array tells. */
  readonly sizes?: Readonly<Record<string, number>>;
};

export const entryOf = (module: Module, name: string): Entry => {
  const entry = module.entries.find((one) => one.name === name);
  if (entry === undefined) throw new Error(`no entry ${name} in ${module.name}`);
  return entry;
};

export const interpretEntry = (entry: Entry, given: Given): Outcome => {
  const sizes = new Map([...Object.entries(given.sizes ?? {}), ...sizesOf(entry, given.data)]);
  const inputs = entry.inputs.map((input, i): Tensor => {
    const { type } = entry.graph.inputs[i]!;
    switch (input.kind) {
      case "data":
        return found(given.data, input.name);
      case "stored":
        return found(given.stored, input.path);
      case "scalar":
        return tensor(type.dtype, [], [evaluateHost(input.value, given.step ?? 1, sizes)]);
      case "draw":
        return tensor("i32", [3], given.draw?.(input.stream) ?? [0, 0, 0]);
    }
  });
  const values = interpretGraph(differentiate(entry.graph), inputs, sizes);
  const results = new Map<string, Tensor>();
  const stores = new Map<string, Tensor>();
  let loss: number | null = null;
  let penalty: number | null = null;
  const metrics = new Map<string, number>();
  entry.outputs.forEach((output, i) => {
    const value = values[i]!;
    if (output.kind === "result") results.set(output.name, value);
    if (output.kind === "store") stores.set(output.path, value);
    if (output.kind === "loss") loss = value.data[0]!;
    if (output.kind === "penalty") penalty = value.data[0]!;
    if (output.kind === "metric") metrics.set(output.name, value.data[0]!);
  });
  return { outputs: values, results, stores, loss, penalty, metrics };
};

/** Stored tensors with those that the module derives from them. */
export const withDerived = (module: Module, stored: Given["stored"]): Given["stored"] =>
  module.prepare === undefined
    ? stored
    : new Map([
        ...stored,
        ...interpretEntry(entryOf(module, module.prepare), { data: new Map(), stored }).stores,
      ]);

/** Symbolic sizes, read off the arrays where an axis is one symbol. */
const sizesOf = (entry: Entry, data: ReadonlyMap<string, Tensor>): ReadonlyMap<string, number> => {
  const sizes = new Map<string, number>();
  entry.inputs.forEach((input, i) => {
    if (input.kind !== "data") return;
    entry.graph.inputs[i]!.type.shape.forEach((dim, axis) => {
      if (typeof dim !== "number") sizes.set(printDim(dim), data.get(input.name)!.shape[axis]!);
    });
  });
  return sizes;
};

const found = (tensors: ReadonlyMap<string, Tensor>, name: string): Tensor => {
  const value = tensors.get(name);
  if (value === undefined) throw new Error(`no value for ${name}`);
  return value;
};

/** A host scalar in doubles. */
export const evaluateHost = (
  expr: HostExpr,
  step: number,
  sizes: ReadonlyMap<string, number> = new Map(),
): number => {
  switch (expr.kind) {
    case "number":
      return expr.value;
    case "step":
      return step;
    case "size":
      return evaluateDim(expr.dim, sizes);
    case "accumulator":
      throw new Error("an accumulator outside evaluate");
    case "call":
      return hostFunctions[expr.fn](...expr.args.map((arg) => evaluateHost(arg, step, sizes)));
  }
};

type HostFunction = (...args: readonly number[]) => number;
const truth = (holds: boolean): number => (holds ? 1 : 0);
const hostFunctions: Readonly<Record<HostFn, HostFunction>> = {
  add: (a = 0, b = 0) => a + b,
  sub: (a = 0, b = 0) => a - b,
  mul: (a = 0, b = 0) => a * b,
  div: (a = 0, b = 0) => a / b,
  mod: (a = 0, b = 0) => a - b * Math.floor(a / b),
  pow: (a = 0, b = 0) => a ** b,
  min: Math.min,
  max: Math.max,
  neg: (a = 0) => -a,
  abs: (a = 0) => Math.abs(a),
  floor: (a = 0) => Math.floor(a),
  ceil: (a = 0) => Math.ceil(a),
  round: (a = 0) => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a)),
  exp: (a = 0) => Math.exp(a),
  expm1: (a = 0) => Math.expm1(a),
  log: (a = 0) => Math.log(a),
  log1p: (a = 0) => Math.log1p(a),
  sqrt: (a = 0) => Math.sqrt(a),
  sin: (a = 0) => Math.sin(a),
  cos: (a = 0) => Math.cos(a),
  tanh: (a = 0) => Math.tanh(a),
  erf: () => {
    throw new Error("erf of a host scalar");
  },
  sigmoid: (a = 0) => 1 / (1 + Math.exp(-a)),
  eq: (a, b) => truth(a === b),
  lt: (a = 0, b = 0) => truth(a < b),
  le: (a = 0, b = 0) => truth(a <= b),
  not: (a) => truth(a === 0),
  and: (a, b) => truth(a !== 0 && b !== 0),
  or: (a, b) => truth(a !== 0 || b !== 0),
  select: (c, a = 0, b = 0) => (c !== 0 ? a : b),
};
