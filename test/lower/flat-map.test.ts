import { expect, test } from "vitest";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { flattenMap } from "../../compiler/lower/flat-map.ts";

const map = (value: string): Parameters<typeof flattenMap>[0] =>
  parseKernel(`kernel @map(x: f32[5], s: f32[3]) -> y: f32[5] {
  for i in 0..5 spatial
    y[i] = ${value}
}`);

const x = tensor("f32", [5], [1, 2, 4, 8, 16]);
const s = tensor("f32", [3], [3, 5, 7]);

test.each([
  ["mul(x[i], s[2])", true],
  ["mul(s[2], x[i])", true],
  ["sub(x[3], x[i])", false],
  ["sub(x[i], x[3])", false],
])("%s, in one loop for every shape: %s", (value, isFlat) => {
  const kernel = map(value);
  const { kernel: made, sizes } = flattenMap(kernel);
  expect(made !== kernel).toBe(isFlat);
  const buffers = new Map([
    ["x", x],
    ["s", s],
  ]);
  const known = new Map([...sizes].map(([name, dim]) => [name, Number(dim)]));
  const [got] = interpretKernel(made, buffers, known).values();
  const [expected] = interpretKernel(kernel, buffers, new Map()).values();
  expect([...got!.data]).toEqual([...expected!.data]);
});
