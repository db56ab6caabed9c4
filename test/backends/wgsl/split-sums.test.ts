// Sums that are made in parts, by a launch of their own: which ones, in how many, and what they give.

import { expect, test } from "vitest";
import { splitSums } from "../../../compiler/backends/wgsl/split-sums.ts";
import type { PartsOf } from "../../../compiler/backends/wgsl/split-sums.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { printKernel } from "../../../compiler/kernel/text.ts";
import { verifyKernel } from "../../../compiler/kernel/verify.ts";
import { createRandom } from "../../ir/random.ts";
import { differencesOf, drawCase, drawSpecial } from "./against-interpreter.ts";
import { contractions, product, smallTile } from "./contractions.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import { sharedLaunches } from "./shared-launches.ts";

const sumOf = (x: string, y: string, body: string): Kernel =>
  parseKernel(`kernel @k(x: f32[${x}]) -> y: f32[${y}] sizes(B) {\n${body}\n}\n`);
const named = (name: string): Kernel => sharedLaunches.find((kernel) => kernel.name === name)!;

/** How many parts the first row of a kernel is for. */
const partsIn = (kernel: Kernel): string => {
  const made = splitSums(kernel);
  verifyKernel(made);
  const [row] = made.body.flatMap((s) => (s.kind === "row" ? [s.decl] : []));
  return row === undefined ? "whole" : `${row.shape[0]} parts`;
};

test.each<readonly [string, Kernel, string]>([
  ["a loss", sumOf("B, 784", "", "y[] = reduce add r in 0..B, q in 0..784 (x[r, q])"), "256 parts"],
  ["a short sum", sumOf("B", "", "y[] = reduce add r in 0..B (x[r])"), "whole"],
  [
    "few columns",
    sumOf(
      "B, 64, 10",
      "10",
      "for j in 0..10 spatial\n y[j] = reduce add r in 0..B, q in 0..64 (x[r, q, j])",
    ),
    "16 parts",
  ],
  ["a product of a long depth", product("tn", { M: 64, N: 64, K: 16_384 }), "64 parts"],
  ["of an open depth", product("tn", { M: 64, N: 64 }), "whole"],
  ["a large product", product("tn", { M: 1024, N: 1024, K: 1024 }), "whole"],
  [
    "open elements, for which there may be too little scratch",
    product("nn", { N: 64, K: 16_384 }),
    "whole",
  ],
  ["a sum that all elements need", named("repeated"), "whole"],
])("%s", (_name, kernel, parts) => {
  expect(partsIn(kernel)).toBe(parts);
});

const three: PartsOf = () => 3;

test("parts lie in a row, and are summed up where the sum was", () => {
  const kernel = sumOf(
    "B, 5, 2",
    "2",
    "for j in 0..2 spatial\n y[j] = neg(reduce add r in 0..B, q in 0..5 where lt(q, r) (x[r, q, j]))",
  );
  const [each, at] = ["(B+floor((2*B+2)/3))", "add(mul(part, size(B+floor((2*B+2)/3))), turn)"];
  const where = `and(lt(${at}, size(5*B)), lt(mod(${at}, 5), div(${at}, 5)))`;
  expect(printKernel(splitSums(kernel, three)).split("\n").slice(1, -2)).toEqual([
    "  row parts: f32[3, 2]",
    "  for part in 0..3, j in 0..2 spatial",
    `    parts[part, j] = reduce add turn in 0..${each} where ${where} (x[div(${at}, 5), mod(${at}, 5), j])`,
    "  for j in 0..2 spatial",
    "    y[j] = neg(reduce add part1 in 0..3 (parts[part1, j]))",
  ]);
});

const fixed = parseKernel(`
kernel @fixed(x: f32[3, T], k: i32[3, T]) -> a: f32[3], b: f32[3], c: f32[3], d: i32[3], e: bool[3], f: i32[3], y: f32[3, T] sizes(T) {
  for i in 0..3 spatial {
    a[i] = reduce add r in 0..T (x[i, r])
    b[i] = reduce max r in 0..T (x[i, r])
    c[i] = reduce mul r1 in 0..T (add(1.0, mul(x[i, r1], 0.01)))
    d[i] = reduce add r2 in 0..T (mul(k[i, r2], 1000000007))
    e[i] = reduce min r3 in 0..T (lt(x[i, r3], 0.99))
    f[i] = reduce argmax r in 0..T (x[i, r])
  }
  for i in 0..3, j in 0..T spatial
    y[i, j] = div(x[i, j], add(2.0, abs(reduce add r4 in 0..T (x[i, r4]))))
}
`);

test.skipIf(!hasSwiftShader)(`in three parts sums are the same (${needsSwiftShader})`, async () => {
  const { device, close } = await openSwiftShader();
  const kernels = [
    fixed,
    named("columnSums"),
    named("all"),
    product("tn", { M: 7, N: 13 }),
    ...contractions.filter(({ name }) => name === "ofKernel"),
  ];
  const sizes = [
    [1, 1],
    [3, 5],
    [7, 33],
  ].map(
    ([B, T]) =>
      new Map([
        ["B", B!],
        ["T", T!],
        ["K", 4 * T! + 1],
      ]),
  );
  const rows = kernels.map((kernel) => ({ kernel, parts: 3 }));
  for (const { kernel, parts } of [...rows, { kernel: fixed, parts: 1 }]) {
    const random = createRandom(4);
    const cases = sizes.map((some) => drawCase(kernel, some, random)!);
    const found = await differencesOf(device, [...cases, drawSpecial(kernel, sizes[1]!, random)!], {
      tileOf: () => smallTile,
      split: (one) => {
        const made = splitSums(one, () => parts);
        expect(made.body.length).toBeGreaterThan(one.body.length);
        return made;
      },
    });
    expect(found, kernel.name).toEqual({ found: [], unstable: [] });
  }
  close();
});
