import { expect, test } from "vitest";
import { defaultSettings } from "../../compiler/frontend/settings.ts";
import { mul, symbol } from "../../compiler/ir/dim.ts";
import { parseGraph } from "../../compiler/ir/graph-parse.ts";
import {
  printCondition,
  printHostExpr,
  printInit,
  printModule,
} from "../../compiler/ir/module-text.ts";
import type { HostExpr, Module } from "../../compiler/ir/module.ts";
import type { Settings } from "../../runtime/abi.ts";

const span = { file: "model.dlm", start: 0, end: 1 };
const number = (value: number): HostExpr => ({ kind: "number", value });
const rate: HostExpr = {
  kind: "call",
  fn: "mul",
  args: [number(1e-3), { kind: "call", fn: "min", args: [number(1), { kind: "step" }] }],
};

test("host expressions print as calls", () => {
  expect(printHostExpr(rate)).toBe("mul(0.001, min(1, step))");
  const mean: HostExpr = {
    kind: "call",
    fn: "div",
    args: [
      { kind: "accumulator", index: 2 },
      { kind: "size", dim: mul(3, symbol("B")) },
    ],
  };
  expect(printHostExpr(mean)).toBe("div(accumulator(2), size(3*B))");
});

test("initial values and checks print in a line", () => {
  expect(printInit({ kind: "truncated", mean: 0, std: 0.02, cut: 2 })).toBe(
    "truncated(0, 0.02, 2)",
  );
  expect(printInit({ kind: "constant", value: -Infinity })).toBe("-inf");
  expect(printCondition({ kind: "divides", dim: symbol("T"), by: 4 })).toBe("T divisible by 4");
});

const settings: Settings = { ...defaultSettings, batch: 7 };

const module: Module = {
  name: "Fit",
  sizes: [{ name: "B", max: 7 }],
  stored: [
    {
      path: "net.w",
      storage: "param",
      type: { dtype: "f32", shape: [3] },
      init: { kind: "uniform", lo: -0.5, hi: 0.5 },
      stream: "w",
      span,
    },
  ],
  entries: [
    {
      name: "step",
      graph:
        parseGraph(`graph @step(%x: tensor<Bx3xf32>, @net.w: tensor<3xf32>, %rate: tensor<f32>) sizes(B <= 7) {
        %s = contract(%x, @net.w) {spec="bi,i->"} : tensor<f32>
        %0 = broadcast(%rate) {shape=[3], axes=[0]} : tensor<3xf32>
        return %s, %0
      }`),
      inputs: [
        { kind: "data", name: "x", range: { hi: 10, except: null, span }, span },
        { kind: "stored", path: "net.w" },
        { kind: "scalar", value: rate },
      ],
      outputs: [{ kind: "loss" }, { kind: "store", path: "net.w" }],
      checks: [
        {
          code: "DLM0411",
          message: "B is at most 7",
          condition: { kind: "at-least", dim: symbol("B"), least: 1 },
          span,
        },
      ],
    },
  ],
  model: null,
  precision: "f32",
  train: {
    name: "Fit",
    doc: "",
    fields: [{ name: "x", type: { dtype: "f32", shape: [symbol("B"), 3] } }],
    models: [{ name: "Net", doc: "", forward: "forward", prefix: "net" }],
    steps: [{ name: "", entry: "step", repeat: 1, partial: null }],
    evaluate: "evaluate",
    metrics: [{ name: "loss", value: { kind: "accumulator", index: 0 } }],
    settings,
    budget: null,
  },
};

test("a module prints what it stores, its entries and their graphs", () => {
  expect(printModule(module)).toBe(`module @Fit sizes(B <= 7)

train Fit {
  data x: tensor<Bx3xf32>
  model Net = @forward under net
  step = @step repeat 1
  evaluate = @evaluate
  metric loss = accumulator(0)
  settings batch=7, epochs=1, steps=null, seed=0, shuffle=true, dropLast=false, validation=0, earlyStop=0, precision=f32, memory=null, deterministic=true, accumulate=1, ema=0, logEvery=10, checkpointEvery=0
}

stored {
  param @net.w: tensor<3xf32> = uniform(-0.5, 0.5) stream "w"
}

entry @step {
  %x <- data x in 0..10
  @net.w <- stored @net.w
  %rate <- scalar mul(0.001, min(1, step))
  %s -> loss
  %0 -> store @net.w
  check DLM0411 B >= 1: B is at most 7
}
${[
  "graph @step(%x: tensor<Bx3xf32>, @net.w: tensor<3xf32>, %rate: tensor<f32>) sizes(B <= 7) {",
  '  %s = contract(%x, @net.w) {spec="bi,i->"} : tensor<f32>',
  "  %0 = broadcast(%rate) {shape=[3], axes=[0]} : tensor<3xf32>",
  "  return %s, %0",
  "}",
  "",
].join("\n")}`);
});
