// What is prepared of models without training, and what is not.

import { expect, test } from "vitest";
import type { Module } from "../../compiler/ir/module.ts";
import { printType } from "../../compiler/ir/type.ts";
import { compile, optimise } from "../../compiler/pipeline.ts";

const moduleOf = (text: string, name = "Net"): Module => {
  const { modules, diagnostics } = compile({ entry: "a.dlm", read: () => text, optimise: false });
  expect(diagnostics).toEqual([]);
  return optimise(modules.find((module) => module.name === name)!);
};

const derivedOf = ({ stored }: Module): readonly string[] =>
  stored.flatMap(({ path, storage, type }) =>
    storage === "derived" ? [`${path} ${printType(type)}`] : [],
  );

const opsOf = (module: Module, entry = "forward"): readonly string[] =>
  module.entries.find(({ name }) => name === entry)!.graph.ops.map(({ name }) => name);

test.each([
  ["a direction and a length", "x -> WeightNorm(5)", ["WeightNorm_0.v:prepared tensor<3x5xf32>"]],
  ["a spectral norm", "x -> SpectralNorm(5)", ["SpectralNorm_0.W:prepared tensor<3x5xf32>"]],
])("%s of weights is computed once", (_, body, derived) => {
  const module = moduleOf(`model Net(x: [B, 3]) -> [B, 5] { return ${body} }`);
  expect(derivedOf(module)).toEqual(derived);
  expect(opsOf(module)).toEqual(["contract", "broadcast", "add"]);
});

test("frequencies of positions and lists of numbers are computed once", () => {
  const module = moduleOf(`model Net(x: [B, 6, 8]) -> [B, 6, 8] {
    let kernel: [10] = [1, 2, 3, 4, 5, 4, 3, 2, 1, 0]
    return x * sum(kernel) + sinusoidal(6, 8)
  }`);
  expect(derivedOf(module)).toEqual([
    "constant:prepared tensor<6x4xf32>",
    "constant:prepared_1 tensor<6x4xf32>",
  ]);
  for (const name of ["sin", "cos", "pow"]) expect(opsOf(module)).not.toContain(name);
});

test("a list of numbers that is read is loaded, not picked from", () => {
  const module = moduleOf(`model Net(x: [B, 12]) -> [B, 12] {
    let factors: [12] = [1, 2, 3, 4, 5, 4, 3, 2, 1, 0, 7, 9]
    return x * factors
  }`);
  expect(derivedOf(module)).toEqual(["constant:prepared tensor<12xf32>"]);
});

test("what depends on a size of the data comes with each call", () => {
  const module = moduleOf(`model Net(x: [B, T, 3]) -> [B, 3] {
    param gamma: [3] ~ normal(0, 1)
    return mean(x * gamma, over = 1)
  }`);
  expect(derivedOf(module)).toEqual([]);
});

test("a table that only a gather reads is scaled row by row", () => {
  const module = moduleOf(`model Net(id: int[B]) -> [B, 4] {
    param W: [50, 4] ~ normal(0, 1)
    let scaled = W * 2
    return scaled[id]
  }`);
  expect(derivedOf(module)).toEqual([]);
});

test("what is repeated is prepared before it is, and nothing is prepared of plain layers", () => {
  const module = moduleOf(`model Net(x: [B, 9, 7]) -> [B, 9, 7] {
    param rows: [9, 1] = 1
    param columns: [7] = 1
    return x * (exp(rows) * sqrt(columns))
  }`);
  expect(derivedOf(module)).toEqual([
    "rows:prepared tensor<9x1xf32>",
    "columns:prepared tensor<7xf32>",
  ]);
  const plain = moduleOf(
    "model Net(x: [B, 3]) -> [B, 5] { return x -> Dense(4) -> tanh -> Dense(5) }",
  );
  expect([plain.prepare, derivedOf(plain)]).toEqual([undefined, []]);
});

test("entries share what they prepare alike", () => {
  const recipe = `model Net(x: [B, 3]) -> [B, 5] { return x -> Dense(4) -> BatchNorm() -> Dense(5) }
  train Fit {
    data x: [B, 3], y: [B, 5]
    let net = Net()
    minimize mean((net(x) - y)^2) using Sgd()
    batch: 7
  }`;
  const module = moduleOf(recipe, "Fit");
  expect(derivedOf(module)).toEqual([
    "net.Dense_0.W:prepared tensor<3x4xf32>",
    "net.Dense_0.b:prepared tensor<4xf32>",
  ]);
  const reads = module.entries.map(({ name, inputs }) => [
    name,
    inputs.filter((input) => input.kind === "stored" && input.path.endsWith(":prepared")).length,
  ]);
  expect(reads).toEqual([
    ["step", 0],
    ["evaluate", 2],
    ["forward_net", 2],
    ["prepare", 0],
  ]);
});
