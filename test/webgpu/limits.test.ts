// Devices with little memory for a buffer or for a kernel: refused before anything is made, and what fits runs.

import { describe, expect, test } from "vitest";
import { createWebgpuBackend } from "../../compiler/backends/wgsl/index.ts";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { Model, startModel } from "../../runtime/model.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { expectError } from "../runtime/errors.ts";
import { compileRecipe, start } from "../runtime/recipe.ts";
import { netOf } from "../steps/walk.ts";
import { onSwiftShader, small } from "./targets.ts";

/** SwiftShader with the limits that every device has. */
const leastGpu = (): GPU => {
  const gpu = swiftShaderGpu();
  const adapterOf = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = await adapterOf(options);
    if (adapter === null) return null;
    const least = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
    return new Proxy(adapter, {
      get: (of, key: keyof GPUAdapter) => {
        if (key === "limits") return least;
        const value = of[key];
        return typeof value === "function" ? value.bind(of) : value;
      },
    });
  };
  return gpu;
};

type Rows = { readonly x: Float32Array };
const opened = async (text: string): Promise<Model<Rows, Float32Array>> => {
  const program = (await instantiate(netOf(text), { backend: onSwiftShader })) as ModelProgram;
  return startModel(new Model<Rows, Float32Array>(program), { gpu: leastGpu() });
};

describe.skipIf(!hasSwiftShader)(`the least device (${needsSwiftShader})`, () => {
  test("refuses a program whose weights it has no room for: the tensor, its line and the limit", async () => {
    const wide = "model Net(x: [B, 6000]) -> [B, 6000] { return x -> Dense(6000) }";
    await expectError(
      () => opened(wide),
      "device-limit",
      "`@Dense_0.W`",
      "takes 144.0 MB in one piece",
      "`maxStorageBufferBindingSize` of 134.2 MB",
    );
  });

  test("refuses a batch that it has no room for, and goes on with one that it has", async () => {
    const net = await opened("model Net(x: [B, 1000]) -> [B, 1000] { return tanh(x) }");
    const rows = (count: number): Rows => ({ x: new Float32Array(1000 * count).fill(0.5) });
    const before = await net.forward(rows(3));
    await expectError(
      () => net.forward(rows(34_000)),
      "device-limit",
      "what kernel `tanh`",
      "takes 136.0 MB",
    );
    await expectError(() => net.forward(rows(68_000)), "device-limit", "`maxBufferSize`");
    expect(await net.forward(rows(3))).toEqual(before);
    net.dispose();
  });
});

const recipe = `model Net(x: [B, 3]) -> [B, 2] {
  return x -> Dense(40) -> tanh -> BatchNorm() -> Dense(50) -> tanh -> Dense(2)
}
train Fit {
  data x: [B, 3], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 0.05)
}`;

test.skipIf(!hasSwiftShader)(
  `what is stored may lie in several buffers: it trains, saves and loads as in one (${needsSwiftShader})`,
  async () => {
    const batch = {
      x: Float32Array.from({ length: 15 }, (_, i) => Math.sin(1.7 * i)),
      label: Int32Array.from({ length: 5 }, (_, i) => i % 2),
    };
    const states: Uint8Array[] = [];
    for (const words of [undefined, 1]) {
      const program = await compileRecipe(recipe, createWebgpuBackend(small, words));
      const first = await start(program, { gpu: swiftShaderGpu(), seed: 3 });
      for (let step = 0; step < 3; step++) await first.step(batch);
      const checkpoint = await first.save();
      first.dispose();
      const next = await start(program, { gpu: swiftShaderGpu(), checkpoint });
      await next.step(batch);
      states.push(await next.save());
      next.dispose();
    }
    expect(Buffer.compare(states[0]!, states[1]!)).toBe(0);
  },
);
