// What is left in the loops of recurrent nets, and what runs once for all steps.

import { describe, expect, test } from "vitest";
import type { Graph } from "../../compiler/ir/graph.ts";
import { scanAttrs } from "../../compiler/ops/scan.ts";
import { verifyScans } from "../../compiler/passes/accumulators.ts";
import { runGraphPasses } from "../../compiler/passes/index.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf } from "../goldens/interpret-entry.ts";

const productsIn = (graph: Graph): number =>
  graph.ops.filter(({ name }) => name === "contract").length;

/** Products outside, then those in each loop and how many values it carries. */
const countsOf = (graph: Graph): string =>
  [
    `${productsIn(graph)} outside`,
    ...graph.ops.flatMap((op) => {
      if (op.name !== "scan") return [];
      const { body, carries, reverse } = scanAttrs(op.attrs);
      return [`${reverse ? "back" : "loop"}: ${productsIn(body)}, ${carries} carries`];
    }),
  ].join("; ");

const stepOf = (declarations: string, net: string, result: string): Graph => {
  const text = `${declarations}
model Net(x: [B, T, 8]) -> [B, T, ${result}] {
  return ${net}
}
train Fit {
  data x: [4, 6, 8], y: [4, 6, ${result}]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}`;
  return runGraphPasses(entryOf(compileProgram(text, "Fit"), "step").graph);
};

const concatCell = `cell Joined(units)(x: [B, C]) -> [B, units] {
  param W: [C + units, units] ~ glorot()
  state h: [B, units] = 0
  next h = tanh(concat(x, h) @ W)
  return next h
}`;

/** The first layer's input needs no gradient; every other product has one in the forward pass and two for gradients. */
const nets: readonly (readonly [string, string, string, string])[] = [
  // x Wx; dWx = x da, dWh = h da | h Wh | da Wh
  ["x -> scan T { Lstm(8) }", "8", "", "3 outside; loop: 1, 2 carries; back: 1, 2 carries"],
  ["x -> scan T { Gru(8) }", "8", "", "3 outside; loop: 1, 1 carries; back: 1, 1 carries"],
  [
    "x -> scan T { Joined(8) }",
    "8",
    concatCell,
    "3 outside; loop: 1, 1 carries; back: 1, 1 carries",
  ],
  [
    "x -> scan T { Dense(8) -> relu -> Lstm(8) -> Dense(3) }",
    "3",
    "",
    "9 outside; loop: 1, 2 carries; back: 1, 2 carries",
  ],
  [
    "x -> scan T { Lstm(16) -> Lstm(16) }",
    "16",
    "",
    "7 outside; loop: 1, 2 carries; loop: 1, 2 carries; back: 1, 2 carries; back: 1, 2 carries",
  ],
  [
    "concat(x -> scan T { Gru(8) }, x -> scan T reverse { Gru(8) })",
    "16",
    "",
    "6 outside; loop: 1, 1 carries; back: 1, 1 carries; loop: 1, 1 carries; back: 1, 1 carries",
  ],
  [
    "x -> scan T { Gru(16) -> Dense(16) -> tanh -> Lstm(16) }",
    "16",
    "",
    "10 outside; loop: 1, 1 carries; loop: 1, 2 carries; back: 1, 2 carries; back: 1, 1 carries",
  ],
];

describe("products of a training step", () => {
  test.each(nets)("%s", (net, result, declarations, counts) => {
    const graph = stepOf(declarations, net, result);
    verifyScans(graph);
    expect(countsOf(graph)).toBe(counts);
  });
});
