// Sums that lanes combine in subgroups, where the device has them, and in workgroup memory: a training gives the same bits.

import { expect, test } from "vitest";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { compileRecipe, start } from "../runtime/recipe.ts";
import { onSwiftShader } from "./targets.ts";

const recipe = `
model Net(x: [B, 37]) -> [B, 19] { return x -> LayerNorm() -> Dense(33) -> tanh -> LayerNorm() -> Dense(19) }
train Fit {
  data x: [B, 37], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 0.05) clip 0.3
}`;

const batch = (seed: number) => ({
  x: Float32Array.from({ length: 7 * 37 }, (_, i) => Math.sin(seed + 1.7 * i)),
  label: Int32Array.from({ length: 7 }, (_, i) => (5 * i + seed) % 19),
});

/** SwiftShader, and the texts of shaders that its devices were given. */
const watched = (): { readonly gpu: GPU; readonly texts: string[] } => {
  const gpu = swiftShaderGpu();
  const texts: string[] = [];
  const adapterOf = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = (await adapterOf(options))!;
    const deviceOf = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await deviceOf(descriptor);
      const moduleOf = device.createShaderModule.bind(device);
      device.createShaderModule = (descriptor) => {
        texts.push(descriptor.code);
        return moduleOf(descriptor);
      };
      return device;
    };
    return adapter;
  };
  return { gpu, texts };
};

test.skipIf(!hasSwiftShader)(`with subgroups and without (${needsSwiftShader})`, async () => {
  const program = await compileRecipe(recipe, onSwiftShader);
  const train = async (subgroups?: boolean) => {
    const { gpu, texts } = watched();
    const options = { gpu, seed: 2, ...(subgroups === undefined ? {} : { subgroups }) };
    const trainer = await start(program, options);
    const losses: number[] = [];
    for (let n = 0; n < 4; n++) losses.push((await trainer.step(batch(n)))["loss"]!);
    const weights = await trainer.save();
    trainer.dispose();
    return { losses, weights, usesSubgroups: texts.join().includes("subgroupShuffleXor") };
  };
  const [found, without] = [await train(), await train(false)];
  expect([found.usesSubgroups, without.usesSubgroups]).toEqual([true, false]);
  expect(found.losses).toEqual(without.losses);
  expect(found.weights).toEqual(without.weights);
});
