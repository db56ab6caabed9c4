// Devices that are missing, refuse a shader or get lost: what callers are told, and how training goes on.

import { describe, expect, test } from "vitest";
import type { TrainProgram } from "../../runtime/abi.ts";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { errorOf, expectError } from "../runtime/errors.ts";
import { compileRecipe, start } from "../runtime/recipe.ts";
import { onSwiftShader } from "./targets.ts";

const compiled = (): Promise<TrainProgram> =>
  compileRecipe(
    `model Net(x: [B, 3]) -> [B, 2] { return x -> Dense(5) -> tanh -> Dropout(0.2) -> Dense(2) }
train Fit {
  data x: [B, 3], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 0.05)
}`,
    onSwiftShader,
  );

const batch = (seed: number): ArrayBatch => ({
  x: Float32Array.from({ length: 15 }, (_, i) => Math.sin(seed + 1.7 * i)),
  label: Int32Array.from({ length: 5 }, (_, i) => (i + seed) % 2),
});

type Opened = { readonly gpu: GPU; readonly devices: GPUDevice[] };

/** SwiftShader, with `change` made to each device before the runtime gets it. */
const watchedGpu = (change: (device: GPUDevice) => void = () => {}): Opened => {
  const gpu = swiftShaderGpu();
  const devices: GPUDevice[] = [];
  const adapterOf = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = await adapterOf(options);
    if (adapter === null) return null;
    const deviceOf = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await deviceOf(descriptor);
      change(device);
      devices.push(device);
      return device;
    };
    return adapter;
  };
  return { gpu, devices };
};

describe("no device", () => {
  test("without WebGPU", async () => {
    const program = await compiled();
    await expectError(() => start(program), "no-device", "there is no WebGPU here", "`webgpu`");
  });

  test.skipIf(!hasSwiftShader)(`without an adapter (${needsSwiftShader})`, async () => {
    const gpu = swiftShaderGpu();
    gpu.requestAdapter = async () => null;
    const program = await compiled();
    await expectError(() => start(program, { gpu }), "no-device", "no adapter");
  });
});

describe.skipIf(!hasSwiftShader)(`a device (${needsSwiftShader})`, () => {
  test("that refuses a shader: the kernel and its place in the program, and it is let go of", async () => {
    const { gpu, devices } = watchedGpu((device) => {
      const moduleOf = device.createShaderModule.bind(device);
      device.createShaderModule = (descriptor) =>
        moduleOf({ ...descriptor, code: descriptor.code.replace("fn ", "fn 0") });
    });
    const program = await compiled();
    const { code, message } = await errorOf(() => start(program, { gpu }));
    expect(code).toBe("bad-shader");
    expect(message).toMatch(
      /refuses the shader of kernel `dense` \(layers\.dlm:\d+:\d+\); this is a bug of dlm, please report it: .+ at \d+:\d+ of the shader$/,
    );
    expect((await devices[0]!.lost).reason).toBe("destroyed");
  });

  test("that refuses what it is given later: so the next result is no result", async () => {
    const { gpu, devices } = watchedGpu();
    const trainer = await start(await compiled(), { gpu });
    await trainer.step(batch(0));
    devices[0]!.createBuffer({ size: 4, usage: 0 });
    await expectError(() => trainer.step(batch(1)), "bad-shader", "the device refuses");
    await expectError(() => trainer.save(), "bad-shader");
    trainer.dispose();
  });

  test("that is lost between steps or during one: training goes on from a checkpoint on another", async () => {
    const program = await compiled();
    const losses: number[] = [];
    const whole = await start(program, { gpu: swiftShaderGpu(), seed: 4 });
    for (let n = 0; n < 6; n++) losses.push((await whole.step(batch(n)))["loss"]!);
    whole.dispose();
    for (const during of [false, true]) {
      const { gpu, devices } = watchedGpu();
      const trainer = await start(program, { gpu, seed: 4 });
      const found: number[] = [];
      for (let n = 0; n < 3; n++) found.push((await trainer.step(batch(n)))["loss"]!);
      const checkpoint = await trainer.save();
      const lost = async () => {
        if (!during) devices[0]!.destroy();
        const step = trainer.step(batch(3));
        // One turn on, the step has asked the device for its loss.
        await Promise.resolve();
        devices[0]!.destroy();
        return step;
      };
      await expectError(lost, "device-lost", "go on from the last checkpoint");
      for (const later of [() => trainer.step(batch(3)), () => trainer.save()])
        await expectError(later, "device-lost");
      trainer.dispose();
      const next = await start(program, { gpu: swiftShaderGpu(), checkpoint });
      for (let n = 3; n < 6; n++) found.push((await next.step(batch(n)))["loss"]!);
      next.dispose();
      expect(found).toEqual(losses);
    }
  });

  test("that is let go of while a step runs: the step says so, and so do later ones", async () => {
    const trainer = await start(await compiled(), { gpu: swiftShaderGpu() });
    const step = trainer.step(batch(0));
    await Promise.resolve();
    trainer.dispose();
    await expectError(() => step, "disposed");
    await expectError(() => trainer.step(batch(1)), "disposed");
  });
});
