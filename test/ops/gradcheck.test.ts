import { describe, expect, test } from "vitest";
import type { Graph, Value } from "../../compiler/ir/graph.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { axesOf, reduceSum } from "../../compiler/ops/compose.ts";
import type { GraphBuilder } from "../../compiler/ops/builder.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { isOpName, ops } from "../../compiler/ops/index.ts";
import { gradient } from "../../compiler/passes/differentiate.ts";
import { buildSample, createStream, drawOperands, drawTensor } from "./draw-sample.ts";

const names = Object.keys(ops).filter(isOpName);
/** `grad` itself is expanded before anything is differentiated. */
const differentiable = names.filter(
  (name) => name !== "grad" && typeof ops[name].vjp === "function",
);

/** Sum of `value * weights`, with the weights a further input. */
const weigh = (b: GraphBuilder, value: Value, name: string, inputs: Value[]): Value => {
  const weights = b.input("%", name, value.type);
  inputs.push(weights);
  return reduceSum(b, b.op("mul", [value, weights]), axesOf(value.type.shape));
};

/** d(output 0)/d(input i) by central differences, every element. */
const differences = (graph: Graph, inputs: readonly Tensor[], i: number): readonly number[] => {
  const eps = 1e-6;
  const x = inputs[i]!;
  const at = (element: number, step: number): number => {
    const moved = tensor(x.dtype, x.shape, x.data);
    moved.data[element]! += step;
    return interpretGraph(graph, inputs.with(i, moved))[0]!.data[0]!;
  };
  return Array.from(x.data, (_, e) => (at(e, eps) - at(e, -eps)) / (2 * eps));
};

const expectClose = (got: readonly number[], want: readonly number[]): void => {
  expect(got.length).toBe(want.length);
  got.forEach((value, i) => {
    const error = Math.abs(value - want[i]!);
    expect(error, `element ${i}: ${value} against ${want[i]}`).toBeLessThanOrEqual(
      1e-6 + 1e-5 * Math.abs(want[i]!),
    );
  });
};

describe.each(differentiable)("%s", (name) => {
  ops[name].samples.forEach((sample, s) => {
    const { b, inputs, result } = buildSample(name, sample);
    if (result.type.dtype !== "f32") return;
    const all = [...inputs];
    const next = createStream(s + 1);
    const real = inputs.filter((input) => input.type.dtype === "f32");
    const values = [...drawOperands(sample, s)];
    const zero = (x: Value): Value => b.constant(0, x.type);

    const loss = weigh(b, result, "w", all);
    const first = gradient(b, loss, real).map((g, i) => g ?? zero(real[i]!));
    const total = first
      .map((g, i) => weigh(b, g, `v${i}`, all))
      .reduce<Value | null>((sum, term) => (sum === null ? term : b.op("add", [sum, term])), null);
    for (const weights of all.slice(values.length)) {
      const shape = weights.type.shape.map(Number);
      values.push(drawTensor({ shape }, next));
    }

    test(`sample ${s}: first order is the slope, element by element`, () => {
      const graph = b.finish("loss", [], all, [loss, ...first]);
      const [, ...found] = interpretGraph(graph, values);
      real.forEach((x, i) => {
        expect(first[i]!.type).toEqual(x.type);
        expectClose([...found[i]!.data], differences(graph, values, all.indexOf(x)));
      });
    });

    if (total === null) return;
    const second = gradient(b, total, real).map((g, i) => g ?? zero(real[i]!));
    test(`sample ${s}: second order is the slope of the first`, () => {
      const graph = b.finish("total", [], all, [total, ...second]);
      const [, ...found] = interpretGraph(graph, values);
      real.forEach((x, i) =>
        expectClose([...found[i]!.data], differences(graph, values, all.indexOf(x))),
      );
    });
  });
});
