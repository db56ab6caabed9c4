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

const hasLists = (kernel: Kernel): boolean => kernel.body.some(({ kind }) => kind === "row");
const always = (kernel: Kernel): Kernel => gatherSums(kernel, (sums) => !hasLists(sums));
const byLists = (kernel: Kernel): Kernel => gatherSums(kernel, hasLists);

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

test("lists of an embedding's rows, those of each index in their order", () => {
  const listed = byLists(kernelOf(embedding));
  verifyKernel(listed);
  const at = "n[div(i1, 3), mod(i1, 3)]";
  const row = "div(order[z1], 3), mod(order[z1], 3)";
  expect(listed.body.flatMap(printStmt)).toEqual([
    "row keys: i32[3*B]",
    "row starts: i32[8]",
    "row order: i32[3*B]",
    "for i1 in 0..(3*B) spatial",
    `  keys[i1] = select(and(le(0, ${at}), lt(${at}, 7)), ${at}, -1)`,
    "for e1 in 0..8 spatial",
    "  starts[e1] = reduce add i2 in 0..(3*B) (select(and(le(0, keys[i2]), lt(keys[i2], e1)), 1, 0))",
    "for i3 in 0..(3*B) spatial {",
    "  let own = keys[i3]",
    "  let rank = reduce add i4 in 0..i3 of (3*B) (select(eq(keys[i4], own), 1, 0))",
    "  if and(le(0, own), lt(own, 7))",
    "    order[add(starts[own], rank)] = i3",
    "}",
    "for e in 0..7, j in 0..5 spatial",
    `  y[e, j] add= reduce add z1 in starts[e]..starts[add(e, 1)] of (3*B) (mul(x[${row}, j], 2.0))`,
  ]);
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
  for (const gather of [always, byLists]) expect(gather(kernel).body).toEqual(kernel.body);
});

test("few rows have sums over all there is, many have lists, too many have additions one after the other", () => {
  const axesOf = (rows: number): readonly string[] => {
    const body = embedding.replace("7", String(rows));
    return launchesOf(gatherSums(kernelOf(body, rows)))[0]!.grid.map(({ name }) => name);
  };
  expect(axesOf(7)).toEqual(["at", "j"]);
  expect(axesOf(4000)).toEqual(["i1"]);
  expect(axesOf(100_000_000)).toEqual(["j"]);
});

test.skipIf(!hasSwiftShader)(`sums are the additions (${needsSwiftShader})`, async () => {
  const { device, close } = await openSwiftShader();
  const cases = [embedding, perRow, columns, twice].flatMap((body) => {
    const kernel = kernelOf(body);
    return [1, 5, 70].map((B) => drawCase(kernel, new Map([["B", B]]), createRandom(B))!);
  });
  for (const gather of [always, byLists]) {
    const choices = { gather, teamOf: () => ({ elements: 4, lanes: 8, isAlong: false }) };
    expect(await differencesOf(device, cases, choices)).toEqual({ found: [], unstable: [] });
  }
  close();
});
