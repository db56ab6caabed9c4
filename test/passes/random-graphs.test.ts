import { expect, test } from "vitest";
import { verifyGraph } from "../../compiler/ir/verify.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { printGraph } from "../../compiler/ir/text.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { verifyOps } from "../../compiler/ops/verify.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { graphPasses } from "../../compiler/passes/index.ts";
import { createStream, drawTensor } from "../ops/draw-sample.ts";
import { randomGraph } from "./random-graph.ts";

const numbersOf = (graph: Graph, seed: number): readonly number[] => {
  const next = createStream(seed);
  const inputs = graph.inputs.map(({ type }) => {
    const shape = type.shape.map(Number);
    return drawTensor(
      { shape, dtype: type.dtype, range: type.dtype === "i32" ? [-1, 4] : [-1, 1] },
      next,
    );
  });
  return interpretGraph(graph, inputs).flatMap((tensor) => [...tensor.data]);
};

const seeds = Array.from({ length: 200 }, (_, i) => i + 1);

test("every pass keeps the loss and the gradients of 200 random graphs", () => {
  for (const seed of seeds) {
    const graph = randomGraph(seed, 16);
    const want = numbersOf(differentiate(graph), seed);
    let current = graph;
    for (const pass of graphPasses) {
      try {
        current = pass.run(current);
        verifyGraph(current, pass.name);
        verifyOps(current, pass.name);
      } catch (error) {
        throw new Error(`seed ${seed}, ${pass.name}:\n${printGraph(graph)}`, { cause: error });
      }
      const got = numbersOf(differentiate(current), seed);
      got.forEach((value, i) => {
        const close = Math.abs(value - want[i]!) <= 1e-9 * (1 + Math.abs(want[i]!));
        if (!close)
          expect.fail(
            `seed ${seed}, ${pass.name}: ${value}, not ${want[i]}\n${printGraph(graph)}\n${printGraph(current)}`,
          );
      });
    }
  }
});

test("a second round of the passes finds nothing left to do", () => {
  for (const seed of seeds.slice(0, 100)) {
    const once = graphPasses.reduce((graph, pass) => pass.run(graph), randomGraph(seed, 16));
    const twice = graphPasses.reduce((graph, pass) => pass.run(graph), once);
    expect(printGraph(twice)).toBe(printGraph(once));
  }
});
