// `pytorch.json` beside the blocks it speaks of: each is built, and every weight has a row and every row a weight.

import { expect, test } from "vitest";
import { correspond } from "../../compiler/backends/pytorch/correspondence.ts";
import { parseExpression } from "../../compiler/backends/pytorch/expression.ts";
import { storedOfNet } from "../../compiler/backends/pytorch/import-weights.ts";
import { pytorchBlocks } from "../../compiler/std/sources.gen.ts";
import { compileProgram } from "../goldens/compile.ts";

const scanned = (cell: string) => `x -> scan T { ${cell} } -> last(1)`;
/** An application of each block, with all it can own, to `x` of the type. */
const uses: Readonly<Record<string, readonly [type: string, use: string]>> = {
  Dense: ["[B, 4]", "x -> Dense(3)"],
  Bilinear: ["[B, 4]", "Bilinear(3)(x, x)"],
  Embedding: ["int[B]", "x -> Embedding(5, 4)"],
  EmbeddingBag: ["int[B, 3]", "x -> EmbeddingBag(5, 4)"],
  LearnedPositions: ["[B, 3, 4]", "x -> LearnedPositions(5)"],
  PRelu: ["[B, 4]", "x -> PRelu()"],
  WeightNorm: ["[B, 4]", "x -> WeightNorm(3)"],
  SpectralNorm: ["[B, 4]", "x -> SpectralNorm(3)"],
  FeedForward: ["[B, 4]", "x -> FeedForward(3)"],
  Conv1d: ["[B, 7, 4]", "x -> Conv1d(6, 3)"],
  Conv: ["[B, 7, 7, 4]", "x -> Conv(6, 3, groups = 2)"],
  Conv3d: ["[B, 5, 5, 5, 4]", "x -> Conv3d(6, 3)"],
  CausalConv: ["[B, 7, 4]", "x -> CausalConv(6, 3)"],
  DepthwiseConv: ["[B, 7, 7, 4]", "x -> DepthwiseConv(3)"],
  DepthwiseConv1d: ["[B, 7, 4]", "x -> DepthwiseConv1d(3)"],
  DepthwiseConv3d: ["[B, 5, 5, 5, 4]", "x -> DepthwiseConv3d(3)"],
  SeparableConv: ["[B, 7, 7, 4]", "x -> SeparableConv(6, 3)"],
  SeparableConv1d: ["[B, 7, 4]", "x -> SeparableConv1d(6, 3)"],
  SeparableConv3d: ["[B, 5, 5, 5, 4]", "x -> SeparableConv3d(6, 3)"],
  ConvT1d: ["[B, 5, 4]", "x -> ConvT1d(6, 3, groups = 2)"],
  ConvT: ["[B, 5, 5, 4]", "x -> ConvT(6, 3, groups = 2)"],
  ConvT3d: ["[B, 3, 3, 3, 4]", "x -> ConvT3d(6, 3, groups = 2)"],
  BatchNorm: ["[B, 4]", "x -> BatchNorm(cumulative = true)"],
  LayerNorm: ["[B, 4]", "x -> LayerNorm()"],
  RmsNorm: ["[B, 4]", "x -> RmsNorm()"],
  GroupNorm: ["[B, 5, 4]", "x -> GroupNorm(2)"],
  InstanceNorm: ["[B, 5, 4]", "x -> InstanceNorm(affine = true)"],
  SimpleRnn: ["[B, T, 4]", scanned("SimpleRnn(3)")],
  Lstm: ["[B, T, 4]", scanned("Lstm(3, proj = 2)")],
  LstmState: ["[B, T, 4]", "first_of(x -> scan T { LstmState(3, proj = 2) })"],
  Gru: ["[B, T, 4]", scanned("Gru(3)")],
  MultiHeadAttention: ["[B, T, 4]", "x -> MultiHeadAttention(2)"],
  EncoderLayer: ["[B, T, 4]", "x -> EncoderLayer(2, 6)"],
  DecoderLayer: ["[B, T, 4]", "DecoderLayer(2, 6)(x, x)"],
};

test("every block of the file is tried", () => {
  expect(Object.keys(uses).sort()).toEqual(Object.keys(pytorchBlocks).sort());
});

test.each(Object.entries(uses))("%s", (block, [type, use]) => {
  const body = use.replace(/^first_of\((.*)\)$/, "$1");
  const result = body === use ? `sum(${use})` : "sum(h) + sum(c)";
  const lets = body === use ? "" : `let h, c = ${body}`;
  const module = compileProgram(
    `
    model M(x: ${type}) -> float { ${lets}  return ${result} }
    train R { data x: ${type}  let net = M()  minimize net(x) using Sgd() }`,
    "R",
  );
  const stored = storedOfNet(module, "net");
  const rows = pytorchBlocks[block]!;
  const { sources, problems } = correspond(pytorchBlocks, stored, ["any"], { "": `${block}_0` });
  expect(problems).toEqual([]);
  expect([...sources.keys()].sort()).toEqual(stored.map(({ path }) => path).sort());
  for (const [name, text] of Object.entries(rows)) {
    const row = name.replace("?", "");
    const used = stored.some(({ path }) => `${path}.`.startsWith(`${block}_0.${row}.`));
    expect(used, `${row}: ${text}`).toBe(true);
    if (text !== "") parseExpression(text);
  }
});
