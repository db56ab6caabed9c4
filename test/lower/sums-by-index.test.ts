import { expect, test } from "vitest";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { sumsByIndex } from "../../compiler/lower/sums-by-index.ts";
import { createRandom } from "../ir/random.ts";
import { compareEmitted, loadEmitted } from "../kernel/emitted.ts";

/** Slices of `experts` rows and columns; `value` is what a row adds to the slice at k. */
const scatter = (experts: number, [m, n]: readonly [number, number], value: string): Kernel =>
  parseKernel(`kernel @grad(k: i32[N], u: f32[N, ${m}], v: f32[N, ${n}], w: f32[N, ${m}, ${n}]) -> r: f32[${experts}, ${m}, ${n}] sizes(N) {
  for e in 0..${experts}, a in 0..${m}, b in 0..${n} spatial
    r[e, a, b] = 0.0
  for i in 0..N reduce
    for a in 0..${m}, b in 0..${n} spatial
      if and(le(0, k[i]), lt(k[i], ${experts}))
        r[k[i], a, b] add= ${value}
}`);

const product = "mul(u[i, a], select(lt(v[i, b], 0.0), 0.0, v[i, b]))";

const together = (kernel: Kernel): Kernel | null => {
  let count = 0;
  const body = sumsByIndex(kernel.body, kernel.results[0]!, (hint) => `${hint}_${count++}`);
  return body === null ? null : { ...kernel, body };
};

const buffersFor = (rows: number, m: number, n: number, indices: number): Map<string, Tensor> => {
  const random = createRandom(rows + m);
  const floats = (...shape: readonly number[]): Tensor => {
    const count = shape.reduce((a, b) => a * b, 1);
    return tensor(
      "f32",
      shape,
      Array.from({ length: count }, () => Math.fround(random.unit() - 0.5)),
    );
  };
  const k = Array.from({ length: rows }, () => random.below(indices + 2) - 1);
  return new Map([
    ["k", tensor("i32", [rows], k)],
    ["u", floats(rows, m)],
    ["v", floats(rows, n)],
    ["w", floats(rows, m, n)],
  ]);
};

test.each([
  [3, 7, 9, 17],
  [2, 33, 1 + 4, 1],
  [5, 10, 11, 40],
  [1, 4, 5, 0],
])(
  "%i slices of %i x %i from %i rows are what was added row by row",
  async (experts, m, n, rows) => {
    const kernel = scatter(experts, [m, n], product);
    const made = together(kernel);
    expect(made).not.toBeNull();
    verifyKernel(made!);
    const sizes = new Map([["N", rows]]);
    // Some rows have an index outside; with few rows, some slices have none.
    const buffers = buffersFor(rows, m, n, experts);
    const [expected] = interpretKernel(kernel, buffers, sizes).values();
    const [run] = await loadEmitted([made!]);
    const [sums] = compareEmitted(run!, made!, buffers, sizes).values();
    expect(sums!.data.length).toBe(experts * m * n);
    sums!.data.forEach((x, at) => expect(x).toBeCloseTo(expected!.data[at]!, 10));
  },
);

test("what is no outer product, or has little to add, stays as it is", () => {
  expect(together(scatter(3, [7, 9], "w[i, a, b]"))).toBeNull();
  expect(together(scatter(3, [7, 9], "u[i, a]"))).toBeNull();
  expect(together(scatter(8, [7, 9], product))).toBeNull();
});

test("rows of two loops are listed as those of one", async () => {
  const kernel =
    parseKernel(`kernel @grad(k: i32[N, 3], u: f32[N, 3, 7], v: f32[N, 9]) -> r: f32[2, 7, 9] sizes(N) {
  for e in 0..2, a in 0..7, b in 0..9 spatial
    r[e, a, b] = 0.0
  for i in 0..N, j in 0..3 reduce
    for a in 0..7, b in 0..9 spatial
      if and(le(0, k[i, j]), lt(k[i, j], 2))
        r[k[i, j], a, b] add= mul(u[i, j, a], v[i, b])
}`);
  const made = together(kernel)!;
  verifyKernel(made);
  const random = createRandom(3);
  const floats = (...shape: readonly number[]): Tensor => {
    const count = shape.reduce((x, y) => x * y, 1);
    const data = Array.from({ length: count }, () => Math.fround(random.unit() - 0.5));
    return tensor("f32", shape, data);
  };
  const k = tensor(
    "i32",
    [5, 3],
    Array.from({ length: 15 }, () => random.below(4) - 1),
  );
  const buffers = new Map([
    ["k", k],
    ["u", floats(5, 3, 7)],
    ["v", floats(5, 9)],
  ]);
  const sizes = new Map([["N", 5]]);
  const [expected] = interpretKernel(kernel, buffers, sizes).values();
  const [run] = await loadEmitted([made]);
  const [sums] = compareEmitted(run!, made, buffers, sizes).values();
  sums!.data.forEach((x, at) => expect(x).toBeCloseTo(expected!.data[at]!, 10));
});
