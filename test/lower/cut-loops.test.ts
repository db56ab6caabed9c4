import { expect, test } from "vitest";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { cutLoops } from "../../compiler/lower/cut-loops.ts";

/** Numbers from 1 on. */
const counted = (...shape: readonly number[]): Tensor => {
  const count = shape.reduce((a, b) => a * b, 1);
  return tensor(
    "f32",
    shape,
    Array.from({ length: count }, (_, k) => k + 1),
  );
};

const cut = (text: string): { readonly kernel: string; readonly cut: string } => {
  const kernel = parseKernel(text);
  const made = cutLoops(kernel, new Map());
  verifyKernel(made);
  return { kernel: printKernel(kernel), cut: printKernel(made) };
};

/** Both give the same bits, signs of zeros included. */
const expectEqual = (text: string, buffers: ReadonlyMap<string, Tensor>, rows: number): void => {
  const kernel = parseKernel(text);
  const sizes = new Map([["B", rows]]);
  const results = [kernel, cutLoops(kernel, new Map())].map((k) =>
    interpretKernel(k, buffers, sizes),
  );
  expect(results[1]).toEqual(results[0]);
};

const parts = `kernel @add(a: f32[B, 3], b: f32[B, 5]) -> r: f32[B, 8] sizes(B) {
  for i in 0..B, j in 0..8 spatial
    r[i, j] = add(select(lt(j, 3), a[i, j], 0.0), select(le(0, add(j, -3)), b[i, add(j, -3)], 0.0))
}`;

test("padded parts side by side become a copy of each", () => {
  expect(cut(parts).cut).toBe(`kernel @add(a: f32[B, 3], b: f32[B, 5]) -> r: f32[B, 8] sizes(B) {
  for i in 0..B spatial {
    for j in 0..3 spatial
      r[i, j] = add(a[i, j], 0.0)
    for j1 in 0..5 spatial
      r[i, add(j1, 3)] = add(b[i, j1], 0.0)
  }
}
`);
  const negativeZeros = tensor("f32", [2, 3], [-0, 1, -0, 2, -0, 3]);
  expectEqual(
    parts,
    new Map([
      ["a", negativeZeros],
      ["b", counted(2, 5)],
    ]),
    2,
  );
});

const border = `kernel @pad(x: f32[B, 3, 5]) -> r: f32[B, 5, 8] sizes(B) {
  for i in 0..B, j in 0..5, k in 0..8 spatial
    r[i, j, k] = select(and(and(le(0, add(j, -1)), lt(add(j, -1), 3)), and(le(0, add(k, -2)), lt(add(k, -2), 5))), x[i, add(j, -1), add(k, -2)], 0.0)
}`;

test("a border is filled beside what it is around", () => {
  expect(cut(border).cut).toContain("x[i, j1, k1_1]");
  expect(cut(border).cut).not.toContain("select");
  for (const rows of [0, 1, 3]) expectEqual(border, new Map([["x", counted(rows, 3, 5)]]), rows);
});

test("every other position keeps its guard", () => {
  const zeros = `kernel @between(x: f32[B, 3]) -> r: f32[B, 9] sizes(B) {
  for i in 0..B, j in 0..9 spatial
    r[i, j] = select(and(lt(j, 6), eq(mod(j, 2), 0)), x[i, div(j, 2)], 0.0)
}`;
  expect(cut(zeros).cut).toContain("select(eq(mod(j, 2), 0), x[i, div(j, 2)], 0.0)");
  expectEqual(zeros, new Map([["x", counted(2, 3)]]), 2);
});

test.each([
  [
    "with a size that is not known",
    `kernel @shift(x: f32[B]) -> r: f32[B] sizes(B) {
  for i in 0..B spatial
    r[i] = select(le(0, add(i, -1)), x[add(i, -1)], 0.0)
}`,
  ],
  [
    "with sums",
    `kernel @sums(x: f32[B, 3]) -> r: f32[4, B] sizes(B) {
  for i in 0..4, j in 0..B spatial
    r[i, j] = select(lt(i, 2), reduce add k in 0..3 (x[j, k]), 0.0)
}`,
  ],
  [
    "that would become too many",
    `kernel @steps(x: f32[B]) -> r: f32[B, 9] sizes(B) {
  for i in 0..B, j in 0..9 spatial
    r[i, j] = select(lt(j, 2), 1.0, select(lt(j, 4), 2.0, select(lt(j, 6), 3.0, select(lt(j, 8), 4.0, x[i]))))
}`,
  ],
  [
    "in an order",
    `kernel @order(x: f32[4]) -> r: f32[4] sizes() {
  for i in 0..4 sequential
    r[i] = select(le(1, i), x[i], 0.0)
}`,
  ],
])("loops %s stay whole", (_, text) => {
  const made = cut(text);
  expect(made.cut).toBe(made.kernel);
});

test("no part of a row divides by its length any more", () => {
  const padded = `kernel @pad(a: f32[B, 3, 5]) -> r: f32[B, 7] sizes(B) {
  for i in 0..B, j in 0..7 spatial
    r[i, j] = select(or(lt(j, 1), le(6, j)), 0.0, a[i, div(add(j, 4), 5), mod(add(j, -1), 5)])
}`;
  expect(cut(padded).cut).toContain("r[i, add(j1, 1)] = a[i, 1, j1]");
  expectEqual(padded, new Map([["a", counted(2, 3, 5)]]), 2);
});
