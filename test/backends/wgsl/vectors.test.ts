// Four words at once: launches whose invocations have four neighbours, and which buffers are arrays of vectors.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emitShader, sourceOf } from "../../../compiler/backends/wgsl/shader.ts";
import { evaluateDim, symbolsOf } from "../../../compiler/ir/dim.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { verifyKernel } from "../../../compiler/kernel/verify.ts";
import { createRandom } from "../../ir/random.ts";
import { differencesOf, drawCase, drawSpecial } from "./against-interpreter.ts";
import { contractions, product, smallTile } from "./contractions.ts";
import { kernelsOf } from "./check-shaders.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";
import { allHalves } from "./run-shader.ts";

let opened: Device | null = null;
beforeAll(async () => {
  if (hasSwiftShader) opened = await openSwiftShader();
});
afterAll(() => opened?.close());

const written = `
// Two results, one of which is no arithmetic of vectors.
kernel @map(x: f32[count], g: f32[count], s: f32[]) -> y: f32[count], z: f32[count] sizes(count) {
  for i in 0..count spatial {
    y[i] = sub(mul(x[i], 0.9), div(g[i], add(s[], 2.0)))
    z[i] = exp(max(abs(add(x[i], g[i])), neg(select(le(x[i], 0.0), sqrt(abs(x[i])), s[]))))
  }
}

kernel @others(n: i32[count], m: bool[count], x: f32[count]) -> y: i32[count], b: bool[count], z: f32[count] sizes(count) {
  for i in 0..count spatial {
    y[i] = add(mul(n[i], 3), i)
    b[i] = and(not(m[i]), or(lt(x[i], 0.25), eq(n[i], 1)))
    z[i] = select(m[i], f32(n[i]), mul(f32(m[i]), floor(mul(x[i], 5.0))))
  }
}

// Rows of 20, what is the same for each row and for each column, and a value with a name.
kernel @rows(x: f32[3300, 20], r: f32[3300], c: f32[20]) -> y: f32[3300, 20] {
  for i in 0..3300, j in 0..20 spatial {
    let t = mul(x[i, j], c[j])
    let u = add(r[i], 1.0)
    y[i, j] = add(mul(t, t), u)
  }
}

// A sum of columns, and a guard that holds for a whole row.
kernel @columns(x: f32[550, 3, 120]) -> y: f32[550, 120] {
  for i in 0..550, j in 0..120 spatial
    if le(3, i)
      y[i, j] = reduce add a in 0..3 (x[sub(i, 3), a, j])
}

// No vectors: columns of rows, words that begin elsewhere, rows that are no multiple of four.
kernel @apart(x: f32[300, 300], v: f32[90001]) -> y: f32[300, 300] {
  for i in 0..300, j in 0..300 spatial
    y[i, j] = add(x[j, i], v[add(add(mul(i, 300), j), 1)])
}

// A word of the result is stored by itself, which may write all of a vector.
kernel @mixed(x: f32[3300, 20]) -> y: f32[3301, 20] {
  for i in 0..3300, j in 0..20 spatial
    y[i, j] = neg(x[i, j])
  for k in 0..20 spatial
    y[3300, k] = x[k, 0]
}

// Neighbours of the outer axis lie side by side.
kernel @turned(x: f32[5, 20000]) -> y: f32[5, 20000] {
  for i in 0..20000, j in 0..5 spatial
    y[j, i] = mul(x[j, i], 2.0)
}

kernel @ragged(x: f32[7000, 10], c: f32[10]) -> y: f32[7000, 10] {
  for i in 0..7000, j in 0..10 spatial
    y[i, j] = add(x[i, j], c[j])
}
`;

const launches: readonly Kernel[] = written
  .split(/^(?=kernel)/m)
  .slice(1)
  .map((text) => parseKernel(text.replace(/^\/\/.*$/gm, "")));

/** The arrays of vectors, in the order of bindings. */
const vectorsOf = (kernel: Kernel, tiled = false): string => {
  const choices = tiled ? { tileOf: () => smallTile } : {};
  const { module } = emitShader([sourceOf(kernel)], undefined, choices);
  return [...module.text.matchAll(/var<storage, \w+> (\w+): array<vec4/g)]
    .map(([, name]) => name)
    .join();
};

const counts = [1, 3, 4, 6, 12, 15, 108, 1003];

describe.skipIf(!hasSwiftShader)(`four neighbours (${needsSwiftShader})`, () => {
  test.each(launches)("$name", async (kernel) => {
    verifyKernel(kernel);
    const random = createRandom(7);
    const sizes = kernel.sizes.length === 0 ? [[]] : counts.map((n) => [["count", n] as const]);
    const cases = sizes.flatMap((s) =>
      [drawCase, drawSpecial].map((draw) => draw(kernel, new Map(s), random)!),
    );
    const found = await differencesOf(opened!.device, cases);
    expect(found).toEqual({ found: [], unstable: [] });
    const asHalves = await differencesOf(opened!.device, cases, {}, allHalves);
    expect(asHalves.found).toEqual([]);
  });

  test.each(["nn", "tn", "nt", "tt"] as const)("products of whole vectors, %s", async (layout) => {
    const random = createRandom(9);
    for (const [M, N, K] of [
      [20, 36, 12],
      [4, 4, 1],
      [1, 12, 8],
      [12, 6, 20],
    ] as const) {
      const cases = [drawCase(product(layout, { M, N, K }), new Map(), random)!];
      const { found } = await differencesOf(opened!.device, cases, { tileOf: () => smallTile });
      expect(found).toEqual([]);
    }
  });
});

test.each([
  ["map", "x,g,y,z"],
  ["others", "n,m,x,y,b,z"],
  ["rows", "x,c,y"],
  ["columns", "x,y"],
  ["apart", ""],
  ["mixed", ""],
  ["turned", ""],
  ["ragged", ""],
])("launches: arrays of vectors of %s are %s", (name, expected) => {
  expect(vectorsOf(launches.find((kernel) => kernel.name === name)!)).toBe(expected);
});

test.each([
  ["dense", "W,b,skip"],
  ["slices", "W,y"],
  ["vectors", "x,W,m,n,y,k,s"],
  ["wide", ""],
  ["groups", ""],
])("contractions: arrays of vectors of %s are %s", (name, expected) => {
  expect(
    vectorsOf(
      contractions.find((kernel) => kernel.name === name)!,
      true,
    ),
  ).toBe(expected);
});

test.each([
  ["nn", { M: 20, N: 36, K: 12 }, "b,y"],
  ["tn", { M: 20, N: 36, K: 12 }, "a,b,y"],
  ["nt", { M: 20, N: 36, K: 12 }, "y"],
  ["tn", { M: 20, N: 37, K: 12 }, "a"],
  ["nn", { N: 36 }, "b,y"],
  ["nn", { M: 20, K: 12 }, ""],
] as const)("products %s of %j: arrays of vectors are %s", (layout, sizes, expected) => {
  expect(vectorsOf(product(layout, sizes), true)).toBe(expected);
});

test("few elements have an invocation each, and an open number of them four", () => {
  const map = (n: string) =>
    parseKernel(`kernel @k(x: f32[${n}]) -> y: f32[${n}]${n === "B" ? " sizes(B)" : ""} {
  for i in 0..${n} spatial
    y[i] = mul(x[i], 2.0)
}
`);
  const elements = (n: string, at: number): number => {
    const [kernel] = emitShader([sourceOf(map(n))]).kernels;
    const { elements: all } = kernel!.launches[0]!;
    return evaluateDim(all, new Map(symbolsOf(all).map((name) => [name, at])));
  };
  expect(["B", "1000", "65536", "65537"].map((n) => elements(n, 6))).toEqual([
    2, 1000, 16_384, 16_385,
  ]);
});

test("a chain of operations is arithmetic of vectors", () => {
  const [kernel] = launches;
  const { module } = emitShader([sourceOf(kernel!)]);
  const [, body] = module.text.split("let i4 = element;");
  expect(body!.trim()).toMatchInlineSnapshot(`
    "let x0 = x[i4];
      let g0 = g[i4];
      let s0 = s[0];
      let t0 = abs(x0 + g0);
      let t1 = sqrt(abs(x0));
      let t2 = vec4f(s0);
      let t3 = -select(t2, t1, x0 <= vec4f(0.0));
      let t4 = vec4f(max_f32(t0.x, t3.x), max_f32(t0.y, t3.y), max_f32(t0.z, t3.z), max_f32(t0.w, t3.w));
      let t5 = vec4f(exp_f32(t4.x), exp_f32(t4.y), exp_f32(t4.z), exp_f32(t4.w));
      y[i4] = x0 * 0.9 - g0 / (s0 + 2.0);
      z[i4] = t5;
    }"
  `);
});

test("the first product of the digits' MLP copies weights in vectors, and stores what it makes of them so", () => {
  const kernel = kernelsOf("examples/digits/mlp.dlm").find(({ name }) => name === "dense")!;
  const { module } = emitShader([sourceOf(kernel)]);
  const shown = /array<vec4f>|fn dense_store|dense_(left|right)\[\(?member|let t\d =|mul\[/;
  const lines = module.text.slice(module.text.indexOf("@group")).split("\n");
  const found = lines.filter((line) => shown.test(line));
  expect(found.join("\n")).toMatchInlineSnapshot(`
    "@group(0) @binding(1) var<storage, read> W: array<vec4f>;
    @group(0) @binding(2) var<storage, read> b: array<vec4f>;
    @group(0) @binding(3) var<storage, read_write> mul: array<vec4f>;
    fn dense_store(row: i32, column: i32, sums: vec4f) {
      let t0 = sums + b[j4];
      let t1 = t0 / 1.4142135;
      mul[i * 24 + j4] = t0 * 0.5 * (vec4f(erf_f32(t1.x), erf_f32(t1.y), erf_f32(t1.z), erf_f32(t1.w)) + 1.0);
        dense_left[member % 16u * 17u + member / 16u] = vec4f(x[at3 + x1], x[at4 + x1], x[at5 + x1], x[at6 + x1]);
        dense_right[(member / 16u) * 16u + member % 16u] = W[j4 + x10 * 24];"
  `);
});
