import { expect, test } from "vitest";
import { emitShader, sourceOf } from "../../../compiler/backends/wgsl/shader.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import { checkShaders, programsIn, refusalOf } from "./check-shaders.ts";
import { openNullDevice } from "./device.ts";
import { textOf } from "./run-shader.ts";

test("every kernel of the cases compiles within the limits of browsers", async () => {
  const { device, close } = await openNullDevice();
  const { kernels, refused } = await checkShaders(device, programsIn("test/cases"));
  close();
  expect(refused).toEqual([]);
  expect(kernels).toBeGreaterThan(500);
});

const buffers = Array.from({ length: 9 }, (_, k) => `x${k}: f32[3]`);
const sum = buffers.map((_, k) => `x${k}[i]`).reduce((a, b) => `add(${a}, ${b})`);
const wide = parseKernel(`kernel @wide(${buffers.join(", ")}) -> y: f32[3] {
  for i in 0..3 spatial
    y[i] = ${sum}
}
`);

test("a shader of wrong types is refused, and one with more buffers than a device has to have", async () => {
  const { device, close } = await openNullDevice();
  const shader = emitShader([sourceOf(wide)]);
  expect(await refusalOf(device, shader)).toBeNull();
  const wrong = textOf(shader).replace("let element = i32(", "let element = f32(");
  expect(await refusalOf(device, shader, wrong)).toContain("no matching overload");
  const bindings = buffers.map(
    (_, k) => ({ kind: "piece", buffers: [`x${k}`], access: "read" }) as const,
  );
  const kernels = shader.kernels.map((kernel) => ({ ...kernel, bindings }));
  expect(await refusalOf(device, { ...shader, kernels })).toContain("maximum per-stage limit");
  close();
});
