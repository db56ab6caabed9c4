// Training where precision is mixed, on a device without f16: what would be halves are f32, so it is as on TypeScript.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../compiler/backends/backend.ts";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { createWebgpuBackend } from "../../compiler/backends/wgsl/index.ts";
import { storedParts } from "../../compiler/backends/wgsl/stored-parts.ts";
import { webgpu } from "../../compiler/costs/webgpu.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { start } from "../runtime/recipe.ts";
import { small } from "./targets.ts";

const networks = {
  "a residual network": `
model Net(x: [B, 6, 5, 2]) -> [B, 3] {
  let h = x -> Conv(8, 3, pad = "same") -> BatchNorm() -> relu
  let r = h + (h -> Conv(8, 3, pad = "same") -> BatchNorm() -> relu)
  return r -> flatten -> Dense(33) -> gelu -> Dropout(0.2) -> Dense(3)
}`,
  attention: `
model Net(x: [B, 6, 5, 2]) -> [B, 3] {
  let h = reshape(x, [B, 6, 10]) -> Dense(24) -> LayerNorm()
  let r = h + MultiHeadAttention(heads = 3)(h, h)
  return r -> LayerNorm() -> flatten -> Dense(3)
}`,
};

const recipe = (net: string): string => `${net}
train Fit {
  data x: [B, 6, 5, 2], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 0.01) clip 1.0
}`;

/** Fewer than the sizes it is planned with, and no multiple of anything. */
const count = 7;
const batch = (seed: number): ArrayBatch => ({
  x: Float32Array.from({ length: 60 * count }, (_, i) => Math.sin(seed + 1.7 * i)),
  label: Int32Array.from({ length: count }, (_, i) => (i + seed) % 3),
});

/** Words of what is stored in one buffer: there are several. */
const mostStored = 2000;

describe.skipIf(!hasSwiftShader)(`halves (${needsSwiftShader})`, () => {
  test.each(Object.entries(networks))("%s", { timeout: 300_000 }, async (_name, net) => {
    const { modules, diagnostics } = compile({
      entry: "a.dlm",
      read: () => recipe(net),
      precision: "mixed",
      steps: false,
    });
    expect(diagnostics).toEqual([]);
    const module = modules.at(-1)!;
    const plan = lower(module, { target: webgpu });
    expect(storedParts(plan, mostStored).length).toBeGreaterThan(1);
    expect(plan.entries.find(({ entry }) => entry.name === "step")!.halves.size).toBeGreaterThan(4);
    const losses = async (on: Backend | null): Promise<readonly number[]> => {
      const program = (await instantiate(
        module,
        on === null ? {} : { backend: on },
      )) as TrainProgram;
      const trainer = await start(program, on === null ? {} : { gpu: swiftShaderGpu() });
      const found: number[] = [];
      for (let n = 0; n < 4; n++) found.push((await trainer.step(batch(n)))["loss"]!);
      trainer.dispose();
      return found;
    };
    const [own, wanted] = [
      await losses(createWebgpuBackend(small, mostStored)),
      await losses(null),
    ];
    own.forEach((loss, n) => expect(Math.abs(loss - wanted[n]!)).toBeLessThan(1e-5));
  });
});
