import { expect, test } from "vitest";
import { interpretKernel } from "../../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import { tensor } from "../../../compiler/kernel/tensor.ts";
import { printKernel } from "../../../compiler/kernel/text.ts";
import { lower } from "../../../compiler/lower/lower.ts";
import { skipTaps } from "../../../compiler/lower/taps/skip-taps.ts";
import { compile } from "../../../compiler/pipeline.ts";
import { findInTaps } from "./find-difference.ts";

const skipped = (text: string): string => {
  const lines = printKernel(skipTaps(parseKernel(text))).split("\n");
  return lines.slice(2, -2).join("\n").trim();
};

test("padding at both ends", () => {
  expect(
    skipped(`kernel @conv(x: f32[B, 9], k: f32[3, 4]) -> y: f32[B, 9, 4] sizes(B) {
  for n in 0..B, i in 0..9, o in 0..4 spatial
    y[n, i, o] = reduce add c in 0..3 (mul(select(and(le(0, add(add(i, c), -1)), lt(add(add(i, c), -1), 9)), x[n, add(add(i, c), -1)], 0.0), k[c, o]))
}`),
  ).toMatchInlineSnapshot(
    `"y[n, i, o] = reduce add c in max(sub(1, i), 0)..min(sub(10, i), 3) of 3 (mul(x[n, add(add(i, c), -1)], k[c, o]))"`,
  );
});

test("the gradient of an operand that is read at every second position", () => {
  expect(
    skipped(`kernel @gradient(y: f32[B, 4], k: f32[3, 5]) -> x: f32[B, 7, 5] sizes(B) {
  for n in 0..B, i in 0..7, o in 0..5 spatial
    x[n, i, o] = reduce add c in 0..3 (mul(select(and(eq(mod(add(add(i, c), -1), 2), 0), le(0, div(add(add(i, c), -1), 2))), y[n, div(add(add(i, c), -1), 2)], 0.0), k[sub(2, c), o]))
}`),
  ).toMatchInlineSnapshot(
    `"x[n, i, o] = reduce add c1 in 0..div(sub(4, mod(add(i, 1), 2)), 2) of 2 (mul(y[n, add(c1, div(i, 2))], k[sub(2, add(mod(add(i, 1), 2), mul(c1, 2))), o]))"`,
  );
});

test("the gradient of weights runs over other positions for each of them", () => {
  expect(
    skipped(`kernel @weights(x: f32[B, 7, 6], y: f32[B, 4, 5]) -> k: f32[3, 6, 5] sizes(B) {
  for i in 0..3, c in 0..6, o in 0..5 spatial
    k[i, c, o] = reduce add n in 0..B, b in 0..4 (mul(select(and(le(0, add(add(mul(b, 2), i), -1)), lt(add(add(mul(b, 2), i), -1), 7)), x[n, add(add(mul(b, 2), i), -1), c], 0.0), y[n, b, o]))
}`),
  ).toMatchInlineSnapshot(
    `"k[i, c, o] = reduce add n in 0..B, b in div(sub(2, i), 2)..div(sub(9, i), 2) of 4 (mul(x[n, add(add(mul(b, 2), i), -1), c], y[n, b, o]))"`,
  );
});

test("of as many taps as the stride only one is inside", () => {
  expect(
    skipped(`kernel @patches(y: f32[B, 4], k: f32[3]) -> x: f32[B, 12] sizes(B) {
  for n in 0..B, i in 0..12 spatial
    x[n, i] = reduce add c in 0..3 (mul(select(lt(mod(sub(i, c), 3), 1), y[n, div(sub(i, c), 3)], 0.0), k[c]))
}`),
  ).toMatchInlineSnapshot(`"x[n, i] = mul(y[n, div(i, 3)], k[mod(i, 3)])"`);
});

test.each([
  ["it is a maximum", "reduce max c in 0..3 (select(lt(add(i, c), 5), x[add(i, c)], 0.0))"],
  ["elsewhere it is not 0", "reduce add c in 0..3 (select(lt(add(i, c), 5), x[add(i, c)], 1.0))"],
  ["data decide", "reduce add c in 0..3 (select(lt(x[add(i, c)], 0.5), x[add(i, c)], 0.0))"],
  [
    "two taps decide together",
    "reduce add c in 0..3, e in 0..2 (select(lt(c, e), x[add(c, e)], 0.0))",
  ],
  [
    "a multiple of the stride apart, all are inside or none",
    "reduce add c in 0..2 (select(eq(mod(add(i, mul(c, 2)), 4), 0), x[add(i, c)], 0.0))",
  ],
  [
    "an addend is not guarded",
    "reduce add c in 0..3 (add(select(lt(add(i, c), 5), x[add(i, c)], 0.0), x[i]))",
  ],
  [
    "a sum in the same loop is not guarded",
    "add(reduce add c in 0..3 (select(lt(add(i, c), 5), x[add(i, c)], 0.0)), reduce add c in 0..3 (x[c]))",
  ],
])("a sum stays as it is where %s", (_, sum) => {
  const kernel = parseKernel(`kernel @k(x: f32[7]) -> y: f32[5] {
  for i in 0..5 spatial
    y[i] = ${sum}
}`);
  expect(skipTaps(kernel)).toBe(kernel);
});

test("a weight that is infinite counts for nothing where it meets padding", () => {
  const kernel = parseKernel(`kernel @conv(x: f32[2], k: f32[3]) -> y: f32[2] {
  for i in 0..2 spatial
    y[i] = reduce add c in 0..3 (mul(select(le(0, add(add(i, c), -2)), x[add(add(i, c), -2)], 0.0), k[c]))
}`);
  const buffers = new Map([
    ["x", tensor("f32", [2], [3, 5])],
    ["k", tensor("f32", [3], [Infinity, NaN, 2])],
  ]);
  const [before, after] = [kernel, skipTaps(kernel)].map(
    (one) => interpretKernel(one, buffers, new Map()).get("y")!.data,
  );
  expect([...before!]).toEqual([NaN, NaN]);
  expect([...after!]).toEqual([6, NaN]);
});

test(
  "sums at random give the same bits, and the same numbers as emitted code",
  { timeout: 120_000 },
  async () => {
    expect(await findInTaps()).toBeNull();
  },
);

const layers = [
  "Conv(6, 3, pad = 1)",
  "Conv(6, 4, stride = 2, pad = 1)",
  "Conv(6, 3, stride = 3, pad = 2, groups = 2)",
  "Conv(6, [3, 2], stride = [2, 1], pad = [1, 0])",
  'Conv(6, 3, dilation = 2, pad = "same")',
  "Conv(6, 3, stride = 2, dilation = 3, pad = 3)",
  "ConvT(6, 3, stride = 2)",
  'ConvT(6, 4, stride = 2, pad = "same", groups = 2)',
  "ConvT(6, 3, stride = 3, dilation = 2, extra = 1)",
];

test.each(layers)("no product of %s or its gradients asks for padding", (layer) => {
  const text = `
train Recipe {
  data x: [B, 11, 9, 4]
  let first = Conv(4, 1)
  let net = ${layer}
  minimize mean(net(first(x)) ^ 2) using Sgd(lr = 0.1)
}`;
  const { modules, diagnostics } = compile({
    entry: "a.dlm",
    read: (path) => (path === "a.dlm" ? text : null),
  });
  expect(diagnostics.filter((d) => d.severity === "error")).toEqual([]);
  const kernels = modules.flatMap((module) => lower(module).kernels.map(({ kernel }) => kernel));
  const products = kernels
    .map(printKernel)
    .flatMap((printed) => printed.match(/reduce add .* \(mul\(.*(K|reshape)\[.*/g) ?? []);
  expect(products.length).toBeGreaterThan(0);
  for (const product of products) expect(product).not.toContain("select(");
});
