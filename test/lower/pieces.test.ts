// What puts values side by side that one kernel makes: that kernel stores each where it goes, and nothing gathers them.

import { expect, test } from "vitest";
import { parseGraph } from "../../compiler/ir/graph-parse.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { optimise } from "../../compiler/pipeline.ts";
import { expectSame, moduleOf } from "../backends/run-entry.ts";
import { compileProgram } from "../goldens/compile.ts";
import { createStream, drawTensor } from "../ops/draw-sample.ts";

const sizes = { B: 3 };

/** Runs a graph as it is lowered, and says what each launch stores and what was decided. */
const lowered = async (text: string) => {
  const graph = parseGraph(text);
  const next = createStream(3);
  const env = new Map(Object.entries(sizes));
  const inputs = graph.inputs.map(({ type: { dtype, shape } }) =>
    drawTensor({ dtype, shape: shape.map((d) => evaluateDim(d, env)), range: [-1, 1] }, next),
  );
  const plan = await expectSame(moduleOf(graph), inputs, sizes);
  for (const { kernel } of plan.kernels) verifyKernel(kernel, "lower");
  const [entry] = plan.entries;
  return {
    kernels: plan.kernels.map(({ kernel }) => printKernel(kernel)),
    notes: entry!.notes.filter((line) => line.startsWith("merge")),
    made: entry!.dispatches.map(({ kernel }) =>
      plan.kernels[kernel]!.kernel.results.map(({ name }) => name),
    ),
  };
};

/** `exp` of a sum and a difference; both are worth a buffer where they are read at other places. */
const halves = (shape: string): string => `
  %s = add(%x, %y) : tensor<${shape}xf32>
  %p = exp(%s) : tensor<${shape}xf32>
  %d = sub(%p, %y) : tensor<${shape}xf32>
  %q = exp(%d) : tensor<${shape}xf32>`;

const graph = (shape: string, body: string, result: string): string =>
  `graph @forward(%x: tensor<${shape}xf32>, %y: tensor<${shape}xf32>) sizes(B) {${halves(shape)}
${body}
  return ${result}
}`;

test("two values along the last axis", async () => {
  const text = graph("Bx5", `  %both = concat(%p, %q) {axis=1} : tensor<Bx10xf32>`, "%both");
  const { kernels, notes } = await lowered(text);
  expect(kernels).toHaveLength(1);
  expect(kernels[0]).toContain("both[i, add(j, 5)] = ");
  expect(kernels[0]).not.toContain("select");
  expect(notes.at(-1)).toBe("merge %both with %p, %q: in 2 pieces, saves 2.56 kB, 3960 additions");
});

test.each([
  ["of a size that is not known", "Bx5", "0", "(2*B)x5"],
  ["in the middle", "Bx4x5", "1", "Bx8x5"],
  ["of size 1", "Bx1x5", "1", "Bx2x5"],
])("two values along an axis %s", async (_, shape, axis, result) => {
  const both = `  %both = concat(%p, %q) {axis=${axis}} : tensor<${result}xf32>`;
  const { made } = await lowered(graph(shape, both, "%both"));
  expect(made).toEqual([["both"]]);
});

test("values without elements", async () => {
  const both = `  %both = concat(%p, %q) {axis=1} : tensor<Bx0x5xf32>`;
  const { made } = await lowered(graph("Bx0x5", both, "%both"));
  expect(made.at(-1)).toEqual(["both"]);
});

test("the same values twice, of which one is read besides", async () => {
  const both = `  %both = concat(%p, %q, %p) {axis=1} : tensor<Bx15xf32>
  %more = concat(%q, %q) {axis=1} : tensor<Bx10xf32>`;
  const { made } = await lowered(graph("Bx5", both, "%both, %more, %q"));
  expect(made).toEqual([["both", "more", "q"]]);
});

test("what the gradient of slices puts side by side, with the 0 that it adds", async () => {
  const sum = `
  %left = pad(%p) {lo=[0, 0], hi=[0, 10], interior=[0, 0], value=0} : tensor<Bx15xf32>
  %middle = pad(%q) {lo=[0, 5], hi=[0, 5], interior=[0, 0], value=0} : tensor<Bx15xf32>
  %right = pad(%p) {lo=[0, 10], hi=[0, 0], interior=[0, 0], value=0} : tensor<Bx15xf32>
  %two = add(%left, %middle) : tensor<Bx15xf32>
  %sum = add(%two, %right) : tensor<Bx15xf32>`;
  const { kernels, made } = await lowered(graph("Bx5", sum, "%sum"));
  expect(made).toEqual([["sum"]]);
  expect(kernels[0]).toMatch(/sum\[i, add\(j, 10\)\] = add\(.*, 0\.0\)/);
  expect(kernels[0]).not.toMatch(/add\(0\.0|0\.0\), 0\.0/);
});

test("what is changed on the way, and a part that comes from elsewhere", async () => {
  const both = `  %twice = add(%q, %x) : tensor<Bx5xf32>
  %both = concat(%twice, %x, %q) {axis=1} : tensor<Bx15xf32>`;
  const { made } = await lowered(graph("Bx5", both, "%both"));
  expect(made).toEqual([["both"]]);
});

test.each([
  [
    "a value that is turned round",
    `  %turned = slice(%q) {start=[0, 4], count=[B, 5], step=[1, -1]} : tensor<Bx5xf32>
  %both = concat(%p, %turned) {axis=1} : tensor<Bx10xf32>`,
    "no, %q is read at another position",
  ],
  [
    "a sum of the other that has to be there first",
    `  %total = reduceSum(%p) {axes=[0]} : tensor<5xf32>
  %spread = broadcast(%total) {shape=[B, 5], axes=[0]} : tensor<Bx5xf32>
  %both = concat(%q, %spread) {axis=1} : tensor<Bx10xf32>`,
    "no, something in between needs the one and makes the other",
  ],
])("%s stays apart", async (_, both, why) => {
  const { kernels, notes } = await lowered(graph("Bx5", both, "%both"));
  expect(kernels.length).toBeGreaterThan(1);
  expect(notes.some((line) => line.startsWith("merge %both with") && line.includes(why))).toBe(
    true,
  );
});

test("more pieces than a loop is cut into stay apart", async () => {
  const all = `  %all = concat(%p, %q, %p, %q, %p) {axis=1} : tensor<Bx25xf32>`;
  const { kernels } = await lowered(graph("Bx5", all, "%all"));
  expect(kernels).toHaveLength(2);
});

test("pieces that repeat a value and are read where they repeat stay apart", () => {
  const text = `
model Tiled(y: [5, 5, 1]) -> (value: [5, 15, 1], d_y: [5, 5, 1]) {
  let v = silu(tile_axis(y, 3, 1))
  let drawn: [5, 15, 1] ~ bernoulli(0.25)
  let w = v + drawn
  let score = sum(sin(w))
  return w, grad(score, y)
}`;
  const plan = lower(optimise(compileProgram(text, "Tiled")));
  for (const { kernel } of plan.kernels) expect(() => verifyKernel(kernel)).not.toThrow();
});
