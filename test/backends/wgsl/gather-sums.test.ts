// Additions at indices that data give, as a sum for each element: which ones, and what they give.

import { expect, test } from "vitest";
import { gatherSums } from "../../../compiler/backends/wgsl/gather-sums.ts";
import { launchesOf } from "../../../compiler/backends/wgsl/launches.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { printStmt } from "../../../compiler/kernel/text.ts";
import { verifyKernel } from "../../../compiler/kernel/verify.ts";
import { createRandom } from "../../ir/random.ts";
import { differencesOf, drawCase } from "./against-interpreter.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";

const kernelOf = (body: string, rows = 7): Kernel =>
  parseKernel(`kernel @k(n: i32[B, 3], x: f32[B, 3, 5]) -> y: f32[${rows}, 5], z: f32[B, 3], m: f32[5] sizes(B) {
${body}
}
`);

const always = (kernel: Kernel): Kernel => gatherSums(kernel, () => true);

const embedding = `for i in 0..B, q in 0..3 reduce
  for j in 0..5 spatial
    if and(le(0, n[i, q]), lt(n[i, q], 7))
      y[n[i, q], j] add= mul(x[i, q, j], 2.0)`;
const perRow = `for i in 0..B spatial
  for q in 0..3 reduce
    z[i, n[i, q]] max= x[i, q, 0]`;
const columns = `for i in 0..B, q in 1..3 of 3 reduce
  for j in 0..5 spatial
    m[j] add= x[i, q, j]`;
const twice = `for i in 0..B reduce
  y[n[i, 0], n[i, 1]] add= x[i, 0, 0]`;

test.each([
  [
    embedding,
    [
      "for at in 0..7, j in 0..5 spatial",
      "  y[at, j] add= reduce add i in 0..B, q in 0..3 where and(eq(n[i, q], at), and(le(0, n[i, q]), lt(n[i, q], 7))) (mul(x[i, q, j], 2.0))",
    ],
  ],
  [
    perRow,
    [
      "for i in 0..B, at1 in 0..3 spatial",
      "  z[i, at1] max= reduce max q in 0..3 where eq(n[i, q], at1) (x[i, q, 0])",
    ],
  ],
  [
    columns,
    ["for j in 0..5 spatial", "  m[j] add= reduce add i in 0..B, q in 1..3 of 3 (x[i, q, j])"],
  ],
])("%s", (body, sums) => {
  const gathered = always(kernelOf(body));
  verifyKernel(gathered);
  expect(gathered.body.flatMap(printStmt)).toEqual(sums);
});

test.each([
  ["what it reads it adds to", "for i in 0..B reduce\n y[n[i, 0], 0] add= y[n[i, 1], 0]"],
  ["it stores the last", "for i in 0..B sequential\n y[n[i, 0], 0] = x[i, 0, 0]"],
  [
    "an axis is in no index",
    "for i in 0..B reduce\n for j in 0..5 spatial\n y[n[i, 0], 2] add= x[i, 0, j]",
  ],
])("not where %s", (_why, body) => {
  const kernel = kernelOf(body);
  expect(always(kernel).body).toEqual(kernel.body);
});

test("few rows have sums, many have additions one after the other", () => {
  const axesOf = (rows: number): readonly string[] => {
    const body = embedding.replace("7", String(rows));
    return launchesOf(gatherSums(kernelOf(body, rows)))[0]!.grid.map(({ name }) => name);
  };
  expect(axesOf(7)).toEqual(["at", "j"]);
  expect(axesOf(100_000)).toEqual(["j"]);
});

test.skipIf(!hasSwiftShader)(`sums are the additions (${needsSwiftShader})`, async () => {
  const { device, close } = await openSwiftShader();
  const cases = [embedding, perRow, columns, twice].flatMap((body) => {
    const kernel = kernelOf(body);
    return [1, 5, 70].map((B) => drawCase(kernel, new Map([["B", B]]), createRandom(B))!);
  });
  const choices = { gather: always, teamOf: () => ({ elements: 4, lanes: 8, isAlong: false }) };
  expect(await differencesOf(device, cases, choices)).toEqual({ found: [], unstable: [] });
  close();
});
