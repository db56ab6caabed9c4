// The text of shaders: names of the program, and its line above each kernel.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { numberText } from "../../../compiler/backends/wgsl/numbers.ts";
import { emitShader, sourceOf } from "../../../compiler/backends/wgsl/shader.ts";
import { createPlaces } from "../../../compiler/backends/places.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import { lower } from "../../../compiler/lower/lower.ts";
import { compile } from "../../../compiler/pipeline.ts";
import { moduleText, noAbilities } from "../../../runtime/webgpu/abilities.ts";
import { sharedLaunches } from "./shared-launches.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

test.each(["dense", "softmax"])("shaders of %s are as expected", async (name) => {
  const path = `test/cases/lower/${name}/source.dlm`;
  const read = (file: string): string | null =>
    file === path ? readFileSync(`${root}${path}`, "utf8") : null;
  const { modules } = compile({ entry: path, read });
  const { kernels } = lower(modules.at(-1)!);
  const { module } = emitShader(
    kernels.map(({ kernel }) => sourceOf(kernel)),
    createPlaces(read),
  );
  await expect(moduleText(module, noAbilities)).toMatchFileSnapshot(`shaders/${name}.wgsl`);
});

test("a shader whose lanes share sums and loops is as expected", async () => {
  const shown = ["softmax", "columnSums"];
  const kernels = sharedLaunches.filter(({ name }) => shown.includes(name));
  const { module } = emitShader(kernels.map((kernel) => sourceOf(kernel)));
  const text = moduleText(module, noAbilities);
  await expect(text.slice(text.indexOf("// (x:"))).toMatchFileSnapshot("shaders/shared.wgsl");
  await expect(module.endings.subgroups!.on).toMatchFileSnapshot("shaders/in-subgroups.wgsl");
});

test.each([
  ["f32", 1, "1.0"],
  ["f32", 0.1, "0.1"],
  ["f32", -2.5, "(-2.5)"],
  ["f32", 1 / 3, "0.33333334"],
  ["f32", 16777217, "16777216.0"],
  ["f32", 1e-7, "1e-7"],
  ["f32", 2 ** 128 - 2 ** 104, "3.4028234663852886e+38"],
  ["f32", 1e39, "infinity()"],
  ["f32", -Infinity, "(-infinity())"],
  ["f32", NaN, "nan()"],
  ["f32", -0, "negativeZero()"],
  ["i32", -(2 ** 31), "(-2147483648)"],
  ["bool", 1, "true"],
] as const)("%s %d is written %s", (dtype, value, text) => {
  expect(numberText(dtype, value)).toBe(text);
});

test("a call of literals is its value, and a launch has only what it reads", () => {
  const kernel = parseKernel(`kernel @k(x: f32[B]) -> y: f32[B], z: f32[4] sizes(B) {
  for i in 0..B spatial
    y[i] = mul(x[i], mul(3e38, 10.0))
  for j in 0..4 spatial
    z[j] = 1.0
}
`);
  const { text } = emitShader([sourceOf(kernel)]).module;
  expect(text).toContain("y[i4] = x[i4] * infinity();");
  expect(text.match(/let B = /g)).toHaveLength(1);
});

test("an element that may lie outside its buffer is only read where it does not", () => {
  const kernel = parseKernel(`kernel @k(x: f32[B], at: i32[B]) -> y: f32[B] sizes(B) {
  for i in 0..B spatial
    y[i] = select(lt(at[i], B), x[at[i]], select(lt(i, 3), x[i], 0.5))
}
`);
  const [, body] = emitShader([sourceOf(kernel)]).module.text.split("let i = element;");
  expect(
    body!
      .trim()
      .split("\n")
      .map((line) => line.trim()),
  ).toEqual([
    "let at0 = at[i];",
    "let x0 = x[i];",
    "let t0 = select(0.5, x0, i < 3);",
    "var t1: f32;",
    "if (at0 < B) {",
    "t1 = x[at0];",
    "} else {",
    "t1 = t0;",
    "}",
    "y[i] = t1;",
    "}",
  ]);
});
