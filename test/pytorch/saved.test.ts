// Layers as PyTorch computes them (`saved.py` writes `saved.json`), with their weights through the map, in doubles.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { correspond } from "../../compiler/backends/pytorch/correspondence.ts";
import { evaluate, namesIn } from "../../compiler/backends/pytorch/expression.ts";
import { storedOfNet } from "../../compiler/backends/pytorch/import-weights.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { pytorchBlocks } from "../../compiler/std/sources.gen.ts";
import { compileProgram } from "../goldens/compile.ts";
import { engines } from "../goldens/engines.ts";

type Tensor = readonly [shape: readonly number[], data: readonly number[]];
type Saved = {
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
};
const saved = JSON.parse(readFileSync(new URL("saved.json", import.meta.url), "utf8")) as Readonly<
  Record<string, Saved>
>;

const last = (rank: number) =>
  `permute(x0, [0, ${[...Array(rank - 2).keys()].map((i) => i + 2).join(", ")}, 1])`;
const first = (rank: number, e: string) =>
  `permute(${e}, [0, ${rank - 1}, ${[...Array(rank - 2).keys()].map((i) => i + 1).join(", ")}])`;
const image = (rank: number) => first(rank, `l(${last(rank)})`);

const programs: Readonly<Record<string, readonly [layer: string, result: string]>> = {
  decoder: ["DecoderLayer(2, 6, dropout = 0.0)", "l(x0, x1)"],
  "grouped ConvT": ["ConvT(6, 3, stride = 2, groups = 2)", image(4)],
  "grouped ConvT1d": ["ConvT1d(6, 3, groups = 2)", image(3)],
  Conv1d: ["Conv1d(6, 3, groups = 2)", image(3)],
  Conv3d: ["Conv3d(3, [1, 2, 3])", image(5)],
  WeightNorm: ["WeightNorm(2)", "l(x0)"],
  Bilinear: ["Bilinear(4)", "l(x0, x1)"],
  "grouped ConvT3d": ["ConvT3d(6, [1, 2, 3], groups = 2)", image(5)],
  SeparableConv1d: ["SeparableConv1d(6, 3)", image(3)],
};

test.each(Object.entries(programs))("%s", async (name, [layer, result]) => {
  const { weights, inputs, output } = saved[name]!;
  const params = inputs.map(([shape], k) => `x${k}: [${shape.join(", ")}]`);
  const module = compileProgram(
    `model M(${params.join(", ")}) { let l = ${layer}  return ${result} }`,
  );
  const stored = storedOfNet(module, "");
  const { sources, problems } = correspond(pytorchBlocks, stored, Object.keys(weights), {
    "": "l",
  });
  expect(problems).toEqual([]);
  expect([...sources.values()].flatMap(namesIn).sort()).toEqual(
    expect.arrayContaining(Object.keys(weights)),
  );
  const read = (file: string) => ({
    shape: weights[file]![0],
    data: Float64Array.from(weights[file]![1]),
  });
  const values = stored.map(({ path, type }) => {
    const shape = type.shape.map(Number);
    const value = evaluate(sources.get(path)!, read, shape);
    expect(value.shape).toEqual(shape);
    return [path, tensor("f32", shape, value.data)] as const;
  });
  const data = inputs.map(
    ([shape, numbers], k) => [`x${k}`, tensor("f32", shape, numbers)] as const,
  );
  for (const engine of engines) {
    const run = await engine.open(module);
    const { results } = run("forward", { data: new Map(data), stored: new Map(values) });
    const [y] = results.values();
    expect(y!.shape).toEqual(output[0]);
    expect(engine.error(y!.data, output[1])).toBeLessThan(engine.tolerance.output);
  }
});
