// Grids: which loops are one, how many workgroups that takes, and more elements than one dimension or all lanes have.

import { expect, test } from "vitest";
import { groupSize, workgroupsFor } from "../../../runtime/webgpu/workgroups.ts";
import { launchesOf } from "../../../compiler/backends/wgsl/launches.ts";
import { lanes } from "../../../compiler/backends/wgsl/rows.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import { filled } from "../../../compiler/kernel/tensor.ts";
import { createRandom } from "../../ir/random.ts";
import { differencesOf, drawCase } from "./against-interpreter.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import { runShaders } from "./run-shader.ts";
import { writtenKernels } from "./written-kernels.ts";

test.each([
  [0, [0, 0, 1]],
  [1, [1, 1, 1]],
  [64, [1, 1, 1]],
  [65, [2, 1, 1]],
  [64 * 65_535, [65_535, 1, 1]],
  [64 * 65_535 + 1, [32_768, 2, 1]],
  [2 ** 31 - 1, [65_409, 513, 1]],
])("%i invocations have groups enough, and no more than 65,535 along x or y", (count, groups) => {
  expect(workgroupsFor(count)).toEqual(groups);
  expect(groups[0]! * groups[1]! * groupSize).toBeGreaterThanOrEqual(count);
});

/** `grid`, or `grid: loops that run in order`. */
const gridsOf = (name: string): readonly string[] =>
  launchesOf(writtenKernels.find((kernel) => kernel.name === name)!).map(({ grid }) =>
    grid.map((axis) => axis.name).join(" "),
  );

test.each([
  ["scalar", [""]],
  ["element", ["j i k"]],
  ["rows", ["t"]],
  // Ends that data give are asked for in the invocation.
  ["ranges", ["i j", "i j", "j i"]],
  // What lists rows runs in order; what reads the list does not.
  ["shared", ["", "e1 j"]],
  // The maximum is handed on.
  ["handedOn", [""]],
  ["lets", ["i", ""]],
  // Columns of what is added at an index, and of all that is written, are apart.
  ["scattered", ["i j", "j", "i h", "i", "h", ""]],
  ["accumulated", ["j", ""]],
  // The second loop reads another column of what it writes.
  ["shifted", ["i j", "i", ""]],
])("the grids of %s", (name, grids) => {
  expect(gridsOf(name)).toEqual(grids);
});

test("a loop over no elements is no launch: its shader would divide by 0", () => {
  const kernel = parseKernel(`kernel @empty(x: f32[3]) -> y: f32[3, 0, 2], z: f32[3] {
  for i in 0..3 spatial
    for j in 0..0 spatial
      for k in 0..2 spatial
        y[i, j, k] = x[i]
  for i in 0..3 spatial
    z[i] = x[i]
}
`);
  expect(launchesOf(kernel).map(({ grid }) => grid.map((axis) => axis.name))).toEqual([["i"]]);
});

test.skipIf(!hasSwiftShader)(
  `more workgroups than one dimension has, and more elements than lanes (${needsSwiftShader})`,
  async () => {
    const { device, close } = await openSwiftShader();
    const count = 64 * 65_535 + 77;
    const kernel = parseKernel(`kernel @many(k: i32[]) -> y: i32[N] sizes(N) {
  for i in 0..N spatial
    y[i] = add(i, k[])
}
`);
    const buffers = new Map([
      ["k", filled("i32", [], 5)],
      ["y", filled("i32", [count], 0)],
    ]);
    const [many] = await runShaders(device, [{ kernel, sizes: new Map([["N", count]]), buffers }]);
    expect(many!.get("y")!.data.every((value, i) => value === i + 5)).toBe(true);

    const wide = writtenKernels.find(({ name }) => name === "wideRow")!;
    const one = drawCase(wide, new Map([["B", lanes + 130]]), createRandom(2))!;
    expect(await differencesOf(device, [one])).toEqual({ found: [], unstable: [] });
    close();
  },
);
