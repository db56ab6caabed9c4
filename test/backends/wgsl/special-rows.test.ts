// Reductions, accumulating stores and comparisons of an element with itself, over rows of NaN, infinity and zeros.

import { expect, test } from "vitest";
import { interpretKernel } from "../../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import { filled, tensor } from "../../../compiler/kernel/tensor.ts";
import { bitDifferenceOf } from "../../fuzz/compare.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import { runShaders } from "./run-shader.ts";

const values = [NaN, Infinity, -Infinity, 0, -0, 1, -2];
const rows = values.flatMap((a) =>
  values.flatMap((b) => values.flatMap((c) => values.map((d) => [a, b, c, d]))),
);

const kernel = parseKernel(`
kernel @special(x: f32[R, 4]) -> most: f32[R], least: f32[R], first: i32[R], sum: f32[R], product: f32[R], known: bool[R], above: f32[R], below: f32[R], carried: f32[R] sizes(R) {
  for i in 0..R spatial {
    most[i] = reduce max a in 0..4 (x[i, a])
    least[i] = reduce min b in 0..4 (x[i, b])
    first[i] = reduce argmax c in 0..4 (x[i, c])
    sum[i] = reduce add d in 0..4 (x[i, d])
    product[i] = reduce mul e in 0..4 (x[i, e])
    known[i] = and(eq(x[i, 0], x[i, 0]), not(eq(add(x[i, 1], 1.0), add(x[i, 1], 1.0))))
    above[i] = x[i, 3]
    below[i] = x[i, 3]
    for j in 0..3 reduce {
      above[i] max= x[i, j]
      below[i] min= x[i, j]
    }
    for k in 0..4 sequential carry all = 1.0 {
      next all = select(lt(x[i, k], all), x[i, k], mul(all, x[i, k]))
    }
    carried[i] = all
  }
}
`);

test.skipIf(!hasSwiftShader)(`they are the interpreter's (${needsSwiftShader})`, async () => {
  const sizes = new Map([["R", rows.length]]);
  const buffers = new Map([
    ["x", tensor("f32", [rows.length, 4], rows.flat())],
    ...kernel.results.map(({ name, dtype }) => [name, filled(dtype, [rows.length], 0)] as const),
  ]);
  const { device, close } = await openSwiftShader();
  const [found] = await runShaders(device, [{ kernel, sizes, buffers }]);
  close();
  for (const [name, { data }] of interpretKernel(kernel, buffers, sizes))
    expect(bitDifferenceOf(name, data, found!.get(name)!.data)).toBeNull();
});
