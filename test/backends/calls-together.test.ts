import { expect, test } from "vitest";
import { createCallsTogether } from "../../compiler/backends/typescript/calls-together.ts";
import type { Scratch } from "../../compiler/backends/typescript/calls-together.ts";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { scheduleKernel } from "../../compiler/schedule/schedule-kernel.ts";
import { typescript } from "../../compiler/costs/typescript.ts";
import { writeOut } from "../../compiler/schedule/write-out.ts";
import { createRandom } from "../ir/random.ts";
import { compareEmitted, loadEmitted } from "../kernel/emitted.ts";

const dense = (value: string): Kernel =>
  parseKernel(`kernel @dense(x: f32[7, 5], w: f32[5, 13]) -> y: f32[7, 13] {
  for i in 0..7, j in 0..13 spatial
    y[i, j] = ${value.replaceAll("SUM", "reduce add k in 0..5 (mul(x[i, k], w[k, j]))")}
}`);

const togetherIn = (
  kernel: Kernel,
): { readonly kernel: Kernel; readonly scratch: readonly Scratch[] } => {
  const written = writeOut(scheduleKernel(kernel, typescript).kernel);
  const { together, scratch } = createCallsTogether(written);
  return { kernel: { ...written, body: together(written.body) }, scratch };
};

const buffersFor = (kernel: Kernel): Parameters<typeof interpretKernel>[1] => {
  const random = createRandom(3);
  return new Map(
    kernel.params.map(({ name, shape }) => {
      const known = shape.map(Number);
      const count = known.reduce((a, b) => a * b, 1);
      const numbers = Array.from({ length: count }, () => Math.fround(6 * random.unit() - 3));
      return [name, tensor("f32", known, numbers)];
    }),
  );
};

// Of tiles of 4 x 4, 3 x 4, 4 x 1 and 3 x 1 each has a loop.
test.each([
  ["tanh(SUM)", 4],
  ["add(exp(SUM), tanh(SUM))", 8],
  ["erf(sigmoid(SUM))", 4],
  ["select(lt(0.0, SUM), exp(neg(SUM)), 1.0)", 0],
  ["sqrt(abs(SUM))", 0],
])("%s: %i loops of calls, and the same numbers", async (value, loops) => {
  const kernel = dense(value);
  const { kernel: made, scratch } = togetherIn(kernel);
  verifyKernel(made);
  expect(scratch).toHaveLength(loops);
  const buffers = buffersFor(kernel);
  const [expected] = interpretKernel(kernel, buffers, new Map()).values();
  const [got] = interpretKernel(made, buffers, new Map()).values();
  expect([...got!.data]).toEqual([...expected!.data]);
  const [run] = await loadEmitted([kernel]);
  compareEmitted(run!, kernel, buffers, new Map());
});

test("arguments are written one after the other, and taken by one call", () => {
  const { kernel } = togetherIn(
    parseKernel(`kernel @act(x: f32[3, 4], w: f32[4, 4]) -> y: f32[3, 4] {
  for i in 0..3, j in 0..4 spatial
    y[i, j] = tanh(reduce add k in 0..4 (mul(x[i, k], w[k, j])))
}`),
  );
  expect(printKernel(kernel).match(/tanh\(/g)).toHaveLength(1);
});

test("a call that stands alone is left where it is", () => {
  const { scratch } = togetherIn(
    parseKernel(`kernel @act(x: f32[3]) -> y: f32[3], z: f32[3] {
  for i in 0..3 spatial {
    y[i] = tanh(x[i])
    z[i] = exp(x[i])
  }
}`),
  );
  expect(scratch).toHaveLength(0);
});

test("what a store before writes is read after it", () => {
  const kernel = parseKernel(`kernel @rows(x: f32[2, 3]) -> y: f32[2, 3] {
  for i in 0..1 spatial {
    row s: f32[2, 3]
    for r in 0..2, j in 0..3 unroll
      s[r, j] = mul(x[r, j], x[r, j])
    for r1 in 0..2, j1 in 0..3 unroll
      y[r1, j1] = exp(neg(s[r1, j1]))
  }
}`);
  const written = writeOut(kernel);
  const { together, scratch } = createCallsTogether(written);
  const made = { ...written, body: together(written.body) };
  expect(scratch).toHaveLength(1);
  const buffers = buffersFor(kernel);
  const [expected] = interpretKernel(kernel, buffers, new Map()).values();
  const [got] = interpretKernel(made, buffers, new Map()).values();
  expect([...got!.data]).toEqual([...expected!.data]);
});
