import { expect, test } from "vitest";
import { withReciprocals } from "../../compiler/backends/typescript/reciprocals.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { createRandom } from "../ir/random.ts";
import { loadEmitted, runEmitted } from "../kernel/emitted.ts";

const quotients = (rows: number, columns: number): string =>
  `kernel @quotients(x: f32[${columns}], s: f32[${rows}]) -> y: f32[${rows}, ${columns}] {
  for i in 0..${rows}, j in 0..${columns} spatial
    y[i, j] = div(x[j], s[i])
}`;

/** What emitted code makes of all quotients, and what divisions of doubles do. */
const quotientsOf = async (
  xs: readonly number[],
  ss: readonly number[],
): Promise<{ readonly got: readonly number[]; readonly wanted: readonly number[] }> => {
  const kernel = parseKernel(quotients(ss.length, xs.length));
  const [run] = await loadEmitted([kernel]);
  const buffers = new Map([
    ["x", tensor("f32", [xs.length], [...xs])],
    ["s", tensor("f32", [ss.length], [...ss])],
  ]);
  const got = runEmitted(run!, kernel, buffers, new Map()).get("y")!;
  return { got, wanted: ss.flatMap((s) => xs.map((x) => Math.fround(x / s))) };
};

test("what a loop divides by again and again is divided by once", () => {
  const kernel = withReciprocals(parseKernel(quotients(3, 5)));
  expect(printKernel(kernel)).toContain("y[i, j] = mul(x[j], div(1.0, s[i]))");
});

const [least, most] = [2 ** -149, Math.fround(3.4028234663852886e38)];

test("zeros, infinities, the smallest and the largest floats are divided as before", async () => {
  const special = [0, -0, 1, -3, least, -least, 2 ** -126, most, -most, Infinity, -Infinity, NaN];
  const { got, wanted } = await quotientsOf(special, special);
  expect(got).toEqual(wanted);
});

test("quotients of any other floats are those of the division", async () => {
  const random = createRandom(5);
  const draw = (): number =>
    Math.fround((random.unit() - 0.5) * 2 ** Math.floor(40 * random.unit() - 20));
  const { got, wanted } = await quotientsOf(
    Array.from({ length: 301 }, draw),
    Array.from({ length: 203 }, draw),
  );
  expect(got).toEqual(wanted);
});

test.each([
  [
    "by what the loop moves along",
    `kernel @own(x: f32[3, 5], s: f32[5]) -> y: f32[3, 5] {
  for i in 0..3, j in 0..5 spatial
    y[i, j] = div(x[i, j], s[j])
}`,
  ],
  [
    "of what does not change either",
    `kernel @fixed(x: f32[3], s: f32[3]) -> y: f32[3, 5] {
  for i in 0..3, j in 0..5 spatial
    y[i, j] = div(x[i], s[i])
}`,
  ],
  [
    "by what the loop stores",
    `kernel @stored(x: f32[5]) -> y: f32[5] {
  for i in 0..5 sequential
    y[i] = div(x[i], y[0])
}`,
  ],
  [
    "by a number",
    `kernel @number(x: f32[5]) -> y: f32[5] {
  for i in 0..5 spatial
    y[i] = div(x[i], 3.0)
}`,
  ],
])("divisions %s stay", (_, text) => {
  const kernel = parseKernel(text);
  expect(printKernel(withReciprocals(kernel))).toBe(printKernel(kernel));
});
