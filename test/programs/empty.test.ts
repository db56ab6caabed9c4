// Tensors without elements, by the interpreter, after all passes, and emitted: the values PyTorch gives.

import { expect, test } from "vitest";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { errors } from "../frontend-values/run-model.ts";
import { compileProgram } from "../goldens/compile.ts";
import { engines } from "../goldens/engines.ts";
import { readSafetensors } from "../../runtime/safetensors.ts";
import { compileRecipe, start } from "../runtime/recipe.ts";

type Case = readonly [body: string, result: string, values: readonly number[]];
const cases: readonly Case[] = [
  ["sum(x, over = 1)", "[3]", [0, 0, 0]],
  ["prod(x, over = 1)", "[3]", [1, 1, 1]],
  ["mean(x, over = 1)", "[3]", [NaN, NaN, NaN]],
  ["float(any(x > 0, over = 1))", "[3]", [0, 0, 0]],
  ["float(all(x > 0, over = 1))", "[3]", [1, 1, 1]],
  ["sum(x, over = 0)", "[0]", []],
  ["max(x, over = 0)", "[0]", []],
  ["softmax(x, over = 0)", "[3, 0]", []],
  ["cumsum(x, over = 1)", "[3, 0]", []],
  ["sorted", "[3, 0]", []],
  ["concat(x, y, axis = 1)", "[3, 2]", [1, 2, 3, 4, 5, 6]],
  ["concat(x, y, axis = 1)[:, 0:0]", "[3, 0]", []],
  ["pad_edges(x, [[0, 0], [1, 1]], value = 7)", "[3, 2]", [7, 7, 7, 7, 7, 7]],
  ["x @ transpose(x)", "[3, 3]", [0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ["reshape(x, [0, 5])", "[0, 5]", []],
  ["y[none]", "[0, 2]", []],
  ["grad(sum(prod(concat(x, y, axis = 1), over = 1)), y)", "[3, 2]", [2, 1, 4, 3, 6, 5]],
  ["scatter_add(y, none, y[none])", "[3, 2]", [1, 2, 3, 4, 5, 6]],
  ["cross_entropy(reshape(x, [0, 3]), none)", "[0]", []],
];

const programOf = ([body, result]: Case): string =>
  `model M(x: [3, 0], y: [3, 2], none: int[0]) -> (r: ${result}) {
    let anchor = sum(x) + sum(y) + sum(none)
    let sorted, order = sort(x)
    return ${body} + 0 * anchor
  }`;

const data = new Map([
  ["x", tensor("f32", [3, 0], [])],
  ["y", tensor("f32", [3, 2], [1, 2, 3, 4, 5, 6])],
  ["none", tensor("i32", [0], [])],
]);

for (const engine of engines) {
  test.each(cases)(`${engine.name}: %s is %s`, async (...one) => {
    const run = await engine.open(compileProgram(programOf(one)));
    const [value] = run("forward", { data, stored: new Map() }).results.values();
    expect([...value!.data]).toEqual(one[2]);
  });
}

test.each([
  ["max(x, over = 1)", "DLM0407"],
  ["argmin(x)", "DLM0407"],
  ["x[:, 0]", "DLM0412"],
  ["y[:, 2:1]", "DLM0408"],
  ["max_pool1d(reshape(y, [3, 2, 1]), 3)", "DLM0408"],
  ["max_pool1d(reshape(y, [3, 2, 1]), 5, 1)", "DLM0408"],
  ["reshape(y, [3, 2, 1]) -> Conv1d(4, 3)", "DLM0408"],
])("%s has no element to take", (body, code) => {
  const found = errors(`model M(x: [3, 0], y: [3, 2]) { return ${body}, sum(x), sum(y) }`);
  expect(found.map((text) => text.slice(0, 7))).toEqual([code]);
});

test("a scan takes at least one step", () => {
  const cell = "cell Sum()(x: [A]) -> [A] { state s: [A] = 0  next s = s + x  return next s }";
  const walk = "fn walk(x: [A, T]) = x -> scan T { Sum() }";
  const model = "model M(x: [3, 0]) { return walk(x) }";
  expect(errors([cell, walk, model].join("\n"))).toEqual([
    "DLM0408 the scanned axis has shrunk away: `T` becomes 0",
  ]);
});

test("a layer without features runs, trains, and travels through a file", async () => {
  const program = await compileRecipe(`
    model M(x: [B, 2]) -> [B, 3] { return x -> Dense(0) -> Dense(3) }
    train T {
      data x: [B, 2], y: [B, 3]
      batch: 2
      let net = M()
      minimize mean((net(x) - y)^2) using Sgd(lr = 1.5)
    }`);
  const trainer = await start(program);
  const batch = { x: new Float32Array(4), y: new Float32Array(6).fill(1) };
  await trainer.step(batch);
  const saved = await trainer.save();
  const weights = readSafetensors(saved).tensors;
  expect(weights.get("net.Dense_0.W")?.shape).toEqual([2, 0]);
  const bias = weights.get("net.Dense_1.b")!.bytes;
  expect([...new Float32Array(bias.slice().buffer)]).toEqual([1, 1, 1]);
  await trainer.load(saved);
});
