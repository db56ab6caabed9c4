// Library entries at sizes known only at run time, against the same at fixed sizes.

import { describe, expect, test } from "vitest";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { engines } from "../goldens/engines.ts";

const images = [
  "Conv(4, 3)",
  'Conv(4, 3, stride = 2, pad = "same")',
  "Conv(6, 3, pad = 1, groups = 3)",
  "DepthwiseConv(3)",
  "SeparableConv(4, 3)",
  'ConvT(4, 4, stride = 2, pad = "same")',
  "ConvT(4, 3, stride = 2, pad = 1, extra = 1)",
  "max_pool(2)",
  "max_pool(3, 2, 1)",
  "avg_pool(2)",
  "avg_pool(3, 2, 1, count_pad = false)",
  "global_avg_pool",
  "global_max_pool",
  "adaptive_avg_pool(3)",
  "upsample(2)",
  'upsample(2, "bilinear")',
  'interpolate([5, 4], mode = "bicubic")',
  "BatchNorm()",
  "BatchNorm(track = false)",
  "LayerNorm()",
  "RmsNorm()",
  "GroupNorm(3)",
  "InstanceNorm()",
  "local_response_norm(2)",
  "flatten",
  "PRelu()",
  "unfold(3)",
  'pad([0, 1, 1, 0], mode = "reflect")',
  "softmax",
  "glu",
  "flip(1)",
  "roll(2, 1)",
  "tile([1, 2, 1, 1])",
  "repeat_each(2, 1)",
  "narrow(1, 1, 3)",
  "last(1)",
  "transpose(1, 2)",
  "normalize",
  "tril",
];
const sequences = [
  "Conv1d(4, 3)",
  "CausalConv(4, 2, dilation = 2)",
  "ConvT1d(3, 4, stride = 2, pad = 1)",
  "max_pool1d(2)",
  "avg_pool1d(3)",
  "MultiHeadAttention(2)",
  "GroupedQueryAttention(4, 2)",
  "EncoderLayer(2, 16)",
  "GptBlock(2)",
  "SwitchMoe(4, 8)",
  "TopKMoe(4, 8)",
  "LearnedPositions(16)",
  "rotary",
  "WeightNorm(3)",
  "cumsum(over = 1)",
  "mean(over = 1)",
];

const wave = (n: number, speed: number) =>
  Array.from({ length: n }, (_, i) => Math.sin(speed * (i + 1)));

const inputs = (module: Module, shape: readonly number[]) => {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = new Map<string, Tensor>([["x", tensor("f32", shape, wave(count, 1.7))]]);
  const stored = new Map(
    module.stored.map(({ path, type, init }) => {
      const sizes = type.shape.map(Number);
      const size = sizes.reduce((a, b) => a * b, 1);
      const numbers =
        init.kind === "constant" ? Array<number>(size).fill(init.value) : wave(size, 0.9);
      return [path, tensor(type.dtype, sizes, numbers)] as const;
    }),
  );
  return { data, stored };
};

const check = async (stage: string, symbolic: string, shape: readonly number[]) => {
  const fixed = compileProgram(`model M(x: [${shape.join(", ")}]) { return x -> ${stage} }`);
  const open = compileProgram(`model M(x: ${symbolic}) { return x -> ${stage} }`);
  const [interpreter] = engines;
  const want = (await interpreter!.open(fixed))("forward", inputs(fixed, shape)).results.get("")!;
  for (const engine of engines) {
    const got = (await engine.open(open))("forward", inputs(open, shape)).results.get("")!;
    expect(engine.error(got.data, want.data), engine.name).toBeLessThan(engine.tolerance.output);
  }
};

describe("images of symbolic batch and height", () => {
  for (const stage of images) {
    test(stage, async () => {
      await check(stage, "[B, 8, 7, 6]", [3, 8, 7, 6]);
      await check(stage, "[B, H, 7, 6]", [1, 5, 7, 6]);
    });
  }
});

describe("sequences of symbolic batch and length", () => {
  for (const stage of sequences) {
    test(stage, async () => {
      const time = stage.startsWith("Learned") ? "T <= 16" : "T";
      await check(stage, `[B, ${time}, 8]`, [3, 7, 8]);
      await check(stage, `[B, ${time}, 8]`, [1, 12, 8]);
    });
  }
});
