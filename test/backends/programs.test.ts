// Whole recipes from text: every entry of the emitted program beside the interpreter, at ragged batch sizes.

import { expect, test } from "vitest";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import type { Entry, Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { compile } from "../../compiler/pipeline.ts";
import { createStream } from "../ops/draw-sample.ts";
import { expectSame } from "./run-entry.ts";
import type { Sizes } from "./run-entry.ts";

const modulesOf = (text: string): readonly Module[] => {
  const { modules, diagnostics } = compile({
    entry: "a.dlm",
    read: (path) => (path === "a.dlm" ? text : null),
  });
  expect(diagnostics.filter((d) => d.severity === "error")).toEqual([]);
  return modules;
};

/** Numbers for every graph input: state is positive, indices are in range. */
const inputsOf =
  (sizes: Sizes, classes: number) =>
  (entry: Entry): readonly Tensor[] => {
    const next = createStream(5);
    const env = new Map(Object.entries(sizes));
    return entry.inputs.map((input, k) => {
      const { dtype, shape } = entry.graph.inputs[k]!.type;
      const dims = shape.map((d) => evaluateDim(d, env));
      const count = dims.reduce((a, b) => a * b, 1);
      if (input.kind === "scalar") return tensor(dtype, dims, [dtype === "f32" ? 0.75 : 2]);
      if (input.kind === "draw") return tensor(dtype, dims, [12345, -678, 9]);
      const positive = input.kind === "stored" && /:|running_var/.test(input.path);
      const element = (): number => {
        if (dtype !== "f32") return Math.floor(next() * classes);
        return positive ? 0.1 + next() : Math.fround(2 * next() - 1);
      };
      return tensor(dtype, dims, Array.from({ length: count }, element));
    });
  };

const recipe = (model: string, input: string, rest = "using Adam(lr = 1e-2)"): string => `
${model}
train Recipe {
  data x: ${input}, label: int[B]
  batch: 16
  let net = Net()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) ${rest}
  metric accuracy = mean(argmax(logits) == label)
}`;

const programs: { readonly [name: string]: string } = {
  "a network with three hidden layers and mixed activations": recipe(
    `model Net(x: [B, 7]) -> [B, 3] {
      return x -> Dense(13) -> gelu -> Dense(9) -> tanh -> Dense(5) -> silu -> Dense(3)
    }`,
    "[B, 7]",
  ),
  "a convolutional network with batch norm, pooling and dropout": recipe(
    `model Net(x: [B, 9, 7, 2]) -> [B, 3] {
      return x -> Conv(5, 3, pad = "same") -> BatchNorm() -> relu -> max_pool(2) -> Conv(3, 3) -> relu
        -> flatten -> Dropout(0.3) -> Dense(3)
    }`,
    "[B, 9, 7, 2]",
  ),
  "strided, dilated and grouped convolutions": recipe(
    `model Net(x: [B, 11, 11, 4]) -> [B, 3] {
      return x -> Conv(6, 3, stride = 2, groups = 2) -> relu -> Conv(4, 2, dilation = 2) -> avg_pool(2)
        -> flatten -> Dense(3)
    }`,
    "[B, 11, 11, 4]",
    "using Sgd(lr = 0.1, momentum = 0.9) clip 1.0",
  ),
  "padded, strided and transposed convolutions along one axis and two": recipe(
    `model Net(x: [B, 7, 5, 2]) -> [B, 3] {
      let y = x -> ConvT(4, 3, stride = 3, dilation = 2, groups = 2, extra = 1) -> relu
      let z = y -> Conv(6, 3, stride = 2, pad = 1, groups = 2) -> reshape([B, 12 * 9, 6])
      return z -> Conv1d(4, 4, stride = 3, dilation = 2, pad = 2) -> tanh -> ConvT1d(2, 4, stride = 2, pad = 1)
        -> flatten -> Dense(3)
    }`,
    "[B, 7, 5, 2]",
  ),
  "layer norm and softmax over a row": recipe(
    `model Net(x: [B, 5, 6]) -> [B, 3] {
      let n = x -> LayerNorm()
      let scores[b, t, u] = sum[d](n[b, t, d] * n[b, u, d])
      let p[b, t, u] = softmax[u](if u <= t then scores[b, t, u] else -inf)
      let mixed[b, t, d] = sum[u](p[b, t, u] * n[b, u, d])
      return mixed -> flatten -> Dense(3)
    }`,
    "[B, 5, 6]",
    "using AdamW(lr = 1e-2)",
  ),
};

test.each(Object.entries(programs))("%s trains as the interpreter does", async (_name, text) => {
  for (const module of modulesOf(text))
    for (const B of [7, 16, 1]) await expectSame(module, inputsOf({ B }, 3), { B }, 2e-4);
});
