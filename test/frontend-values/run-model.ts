// Elaborates a program and runs a model's forward graph in the interpreter, for tests on numbers.

import { elaborate } from "../../compiler/frontend/index.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import type { HostExpr, Module } from "../../compiler/ir/module.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";

export type Given = { readonly shape: readonly number[]; readonly data: readonly number[] };

/** Reports of a one-file program. */
export const check = (text: string): readonly Diagnostic[] =>
  elaborate({ entry: "t.dlm", read: (path) => (path === "t.dlm" ? text : null) }).diagnostics;

/** `DLM0401 these sizes …` of every error. */
export const errors = (text: string): readonly string[] =>
  check(text)
    .filter(({ severity }) => severity === "error")
    .map(({ code, message }) => `${code} ${message}`);

/** The only model of a program; throws with the reports when there is none. */
export const compileModel = (text: string): Module => {
  const { modules, diagnostics } = elaborate({
    entry: "t.dlm",
    read: (path) => (path === "t.dlm" ? text : null),
  });
  const [module] = modules;
  const problems = diagnostics.filter(({ severity }) => severity === "error");
  if (module === undefined || problems.length > 0)
    throw new Error(
      problems.map(({ code, message, label }) => `${code} ${message} | ${label}`).join("\n"),
    );
  return module;
};

/** Names of the ops of a model's forward graph. */
export const opsOf = (text: string): readonly string[] => {
  const [entry] = compileModel(text).entries;
  return entry!.graph.ops.map(({ name }) => name);
};

/** Forward graph of the only model. */
export const graphOf = (text: string): Graph => compileModel(text).entries[0]!.graph;

const hostValue = (expr: HostExpr, sizes: ReadonlyMap<string, number>): number => {
  switch (expr.kind) {
    case "number":
      return expr.value;
    case "size":
      return evaluateDim(expr.dim, sizes);
    case "call": {
      const args = expr.args.map((arg) => hostValue(arg, sizes));
      const [a = 0, b = 0] = args;
      const table: Readonly<Record<string, number>> = {
        div: a / b,
        mul: a * b,
        add: a + b,
        sqrt: Math.sqrt(a),
        sub: a - b,
      };
      const value = table[expr.fn];
      if (value === undefined) throw new Error(`the test helper has no host function ${expr.fn}`);
      return value;
    }
    default:
      throw new Error(`the test helper has no ${expr.kind}`);
  }
};

/** Results of the model, flat, with their shapes. Inputs and weights by name. */
export const runModel = (
  text: string,
  given: Readonly<Record<string, Given>>,
): readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[] => {
  const [entry] = compileModel(text).entries;
  const { graph, inputs } = entry!;
  const sizes = new Map<string, number>();
  graph.inputs.forEach((value, i) => {
    const source = inputs[i]!;
    const own = source.kind === "data" ? given[source.name] : undefined;
    value.type.shape.forEach((dim, axis) => {
      if (own !== undefined && typeof dim !== "number") sizes.set(dim.key, own.shape[axis]!);
    });
  });
  const tensors = graph.inputs.map((value, i): Tensor => {
    const source = inputs[i]!;
    const shape = value.type.shape.map((dim) => evaluateDim(dim, sizes));
    if (source.kind === "scalar")
      return {
        dtype: value.type.dtype,
        shape,
        data: Float64Array.of(hostValue(source.value, sizes)),
      };
    const name = source.kind === "data" ? source.name : source.kind === "stored" ? source.path : "";
    const own = given[name];
    if (own === undefined) throw new Error(`no value for ${name}`);
    return { dtype: value.type.dtype, shape, data: Float64Array.from(own.data) };
  });
  return interpretGraph(graph, tensors, sizes).map(({ shape, data }) => ({
    shape,
    data: [...data],
  }));
};

/** Numbers that look random and are the same every time. */
export const numbers = (shape: readonly number[], seed = 1): Given => {
  const count = shape.reduce((n, size) => n * size, 1);
  const data = Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));
  return { shape, data };
};

/** Whole numbers in 0 .. below - 1. */
export const indices = (shape: readonly number[], below: number, seed = 1): Given => {
  const { data } = numbers(shape, seed);
  return { shape, data: data.map((x) => Math.floor(((x + 1) / 2) * below * 0.999)) };
};

/** Fills a shape from a function of the index. */
export const fill = (
  shape: readonly number[],
  at: (index: readonly number[]) => number,
): readonly number[] => {
  const count = shape.reduce((n, size) => n * size, 1);
  return Array.from({ length: count }, (_, flat) => {
    let rest = flat;
    const index = shape.map((_size, axis) => {
      const inner = shape.slice(axis + 1).reduce((n, size) => n * size, 1);
      const i = Math.floor(rest / inner);
      rest -= i * inner;
      return i;
    });
    return at(index);
  });
};

/** Reads an element. */
export const read = ({ shape, data }: Given, ...index: readonly number[]): number =>
  data[index.reduce((flat, i, axis) => flat * shape[axis]! + i, 0)]!;

export const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);
export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
