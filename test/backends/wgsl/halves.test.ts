// Kernels whose buffers are halves: on a device without f16, where they are f32, and as text for one with it.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emitShader, sourceOf } from "../../../compiler/backends/wgsl/shader.ts";
import { webgpu } from "../../../compiler/costs/webgpu.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import { floatsOf } from "../../../runtime/half.ts";
import { abilitiesOf, noAbilities } from "../../../runtime/webgpu/abilities.ts";
import { createRandom } from "../../ir/random.ts";
import { differencesOf, drawCase } from "./against-interpreter.ts";
import { kernelsOf, refusalOf } from "./check-shaders.ts";
import { contractions, product, smallTile } from "./contractions.ts";
import { hasSwiftShader, needsSwiftShader, openNullDevice, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";
import { packHalves, toHalf } from "./half.ts";
import { allHalves, textOf } from "./run-shader.ts";
import { sharedLaunches } from "./shared-launches.ts";

let opened: Device | null = null;
beforeAll(async () => {
  if (hasSwiftShader) opened = await openSwiftShader();
});
afterAll(() => opened?.close());

const kernels = [product("nt", { M: 7, N: 13, K: 17 }), ...contractions, ...sharedLaunches];
const sizes = new Map([
  ["B", 5],
  ["T", 9],
]);

describe.skipIf(!hasSwiftShader)(`without f16 (${needsSwiftShader})`, () => {
  test("kernels give what they do on buffers of f32", async () => {
    const random = createRandom(11);
    const cases = kernels.flatMap((kernel) => drawCase(kernel, sizes, random) ?? []);
    expect(cases.length).toBeGreaterThan(10);
    const ways = { tileOf: () => smallTile };
    const found = await differencesOf(opened!.device, cases, ways, allHalves);
    expect(found.found).toEqual([]);
  });
});

test("shaders with halves compile for a device with f16", async () => {
  const { device, close } = await openNullDevice(["shader-f16"]);
  const abilities = await abilitiesOf(device);
  expect(abilities).toEqual({ ...noAbilities, halves: true });
  const all = [...kernels, ...kernelsOf("examples/vae/vae.dlm")];
  let kept = 0;
  for (const kernel of all) {
    const shader = emitShader([sourceOf(kernel, allHalves(kernel))]);
    if (/array<(vec4<)?half>/.test(shader.module.text)) kept++;
    expect(await refusalOf(device, shader, textOf(shader, abilities))).toBeNull();
  }
  expect(kept).toBeGreaterThan(all.length / 2);
  close();
});

test("halves are read as floats and stored as halves, and what is bound with others stays whole", () => {
  const few = parseKernel(`kernel @k(x: f32[B], m: i32[B]) -> y: f32[B] sizes(B) {
  for i in 0..B spatial
    y[i] = add(x[i], f32(m[i]))
}
`);
  const { text } = emitShader([sourceOf(few, new Set(["x", "y"]))]).module;
  expect(text).toContain("x: array<vec4<half>>;");
  expect(text).toContain("m: array<vec4i>;");
  expect(text).toContain("y[i4] = vec4<half>(vec4f(x[i4]) + vec4f(m[i4]));");
  const apart = parseKernel(`kernel @k(x: f32[B, 3]) -> y: f32[3, B] sizes(B) {
  for i in 0..3, j in 0..B spatial
    y[i, j] = x[j, i]
}
`);
  const inWords = emitShader([sourceOf(apart, new Set(["x", "y"]))]).module.text;
  expect(inWords).toContain("x: array<half>;");
  expect(inWords).toContain("y[i * B + j] = half(f32(x[i + j * 3]));");
  const names = Array.from({ length: webgpu.halves }, (_, k) => `x${k}`);
  const sum = names.reduce((text, name) => `add(${text}, ${name}[i])`, "1.0");
  const many =
    parseKernel(`kernel @k(${names.map((n) => `${n}: f32[B]`).join(", ")}) -> y: f32[B] sizes(B) {
  for i in 0..B spatial
    y[i] = ${sum}
}
`);
  expect(emitShader([sourceOf(many, allHalves(many))]).module.text).not.toContain("half");
});

test("numbers become halves and come back", () => {
  const numbers = [
    0,
    -0,
    1,
    -1.5,
    1 / 3,
    65_504,
    65_519,
    65_520,
    2 ** -24,
    2 ** -25,
    6.1e-5,
    -3e-7,
  ];
  const back = [...floatsOf(packHalves(numbers), numbers.length)];
  expect(back).toEqual(numbers.map(toHalf));
  expect(back.slice(0, 8)).toEqual([0, -0, 1, -1.5, 0.333251953125, 65_504, 65_504, Infinity]);
  expect(back.slice(8, 10)).toEqual([2 ** -24, 0]);
});
