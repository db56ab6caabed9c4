// Random graphs and their gradients: emitted code beside the interpreter, with the passes and without.

import { expect, test } from "vitest";
import type { Graph } from "../../compiler/ir/graph.ts";
import { printGraph } from "../../compiler/ir/text.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { runGraphPasses } from "../../compiler/passes/index.ts";
import { createStream, drawTensor } from "../ops/draw-sample.ts";
import { randomGraph } from "../passes/random-graph.ts";
import { expectSame, moduleOf } from "./run-entry.ts";

const inputsOf = (graph: Graph, seed: number): readonly Tensor[] => {
  const next = createStream(seed);
  return graph.inputs.map(({ type }) => {
    const shape = type.shape.map(Number);
    const range = type.dtype === "i32" ? ([-1, 4] as const) : ([-1, 1] as const);
    return drawTensor({ shape, dtype: type.dtype, range }, next);
  });
};

const seeds = Array.from({ length: 300 }, (_, k) => k + 1);

const check = async (seed: number, prepare: (graph: Graph) => Graph): Promise<void> => {
  const graph = prepare(randomGraph(seed, 16 + 5 * (seed % 3)));
  try {
    await expectSame(moduleOf(graph), inputsOf(graph, seed), {}, 1e-4);
  } catch (error) {
    expect.fail(`seed ${seed}: ${String(error)}\n${printGraph(graph)}`);
  }
};

test("300 random graphs give the interpreter's numbers after all passes", async () => {
  for (const seed of seeds) await check(seed, runGraphPasses);
});

test("300 random graphs give the interpreter's numbers without passes", async () => {
  for (const seed of seeds) await check(seed, differentiate);
});
