// Losses that are NaN or infinite, and indices outside of their axis: errors as on TypeScript, and nothing is written.

import { describe, expect, test } from "vitest";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import type { DlmError } from "../../runtime/errors.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import type { TrainerOptions } from "../../runtime/trainer.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { errorOf } from "../runtime/errors.ts";
import { start } from "../runtime/recipe.ts";
import { compileBoth } from "./targets.ts";

const batch = (seed: number, count = 5): ArrayBatch => ({
  x: Float32Array.from({ length: 3 * count }, (_, i) => Math.sin(seed + 1.7 * i)),
  label: Int32Array.from({ length: count }, (_, i) => (i + seed) % 2),
});

type Batches = (step: number) => ArrayBatch;
type Stopped = {
  readonly error: DlmError;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
};

/** The first step that stops, of at most 200, and the trainer's state before and after it. */
const stopped = async (
  program: TrainProgram,
  options: TrainerOptions,
  batches: Batches,
): Promise<Stopped> => {
  const trainer = await start(program, options);
  try {
    let before = await trainer.save();
    const error = await errorOf(async () => {
      for (let step = 0; step < 200; step++) {
        before = await trainer.save();
        await trainer.step(batches(step));
      }
    });
    return { error, before, after: await trainer.save() };
  } finally {
    trainer.dispose();
  }
};

/** Where it stops on WebGPU, which is as on TypeScript, with all that it holds as before that step. */
const stopsAlike = async (text: string, batches: Batches = batch): Promise<DlmError> => {
  const programs = await compileBoth(text);
  const [own, wanted] = [
    await stopped(programs.webgpu, { gpu: swiftShaderGpu() }, batches),
    await stopped(programs.typescript, {}, batches),
  ];
  expect([own.error.code, own.error.message]).toEqual([wanted.error.code, wanted.error.message]);
  expect(Buffer.compare(own.after, own.before), "what is held").toBe(0);
  return own.error;
};

const recipe = (net: string, rest: string): string => `${net}
train Fit {
  data x: [B, 3], label: int[B]
  let net = Net()
  ${rest}
}`;
const classify = "minimize mean(cross_entropy(net(x), label)) using Sgd(lr = 0.1)";

describe.skipIf(!hasSwiftShader)(`a loss that is not finite (${needsSwiftShader})`, () => {
  test("names a logarithm in the user's code", async () => {
    const net = `
model Net(x: [B, 3]) -> [B, 2] {
  let a = x -> Dense(5) -> tanh -> Dense(7)
  let b = log(a - 100)
  return b -> Dense(4) -> relu -> Dense(2)
}`;
    const { message } = await stopsAlike(recipe(net, classify));
    expect(message).toContain("`log(a - 100)` in net (a.dlm:4:11) first gave NaN");
  });

  test("names a square root in a block inside a block, and Adam's moments stay", async () => {
    const net = `
block Inner(n)(x: [B, C]) -> [B, n] {
  let y = x -> Dense(n)
  return sqrt(y - 50)
}
block Outer(x: [B, C]) -> [B, 6] { return x -> Dense(7) -> relu -> Inner(6) }
model Net(x: [B, 3]) -> [B, 2] { return x -> Outer() -> Outer() -> Dense(2) }`;
    const { message } = await stopsAlike(
      recipe(net, "minimize mean(cross_entropy(net(x), label)) using Adam(lr = 0.1)"),
    );
    expect(message).toContain("`sqrt(y - 50)` in net.Outer_0.Inner_0 (a.dlm:4:10)");
  });

  test("is no mask of -inf", async () => {
    const net = `
model Net(x: [B, 3]) -> [B, 2] {
  let seen[b, i, j] = if j <= i then x[b, i] * x[b, j] else -inf
  let y = x -> Dense(9) -> reshape([B, 3, 3])
  let z[b, i] = sum[j](softmax(seen)[b, i, j] * y[b, i, j])
  return log(z - 10) -> Dense(2)
}`;
    const { message } = await stopsAlike(recipe(net, classify));
    expect(message).toContain("`log(z - 10)` in net (a.dlm:6:10)");
  });

  test("names a weight that an update spoiled", async () => {
    const net = `
model Net(x: [B, 3]) -> [B, 2] {
  param p: [2] = 0
  return Dense(2)(x) * (1 + sqrt(sum(p)))
}`;
    const { message } = await stopsAlike(recipe(net, classify));
    expect(message).toContain("weight `net.p` holds -Infinity since update 1");
  });

  test("names the data that held it, after updates that were fine", async () => {
    const net = "model Net(x: [B, 3]) -> [B, 2] { return x -> BatchNorm() -> Dense(2) }";
    const spoiled: Batches = (step) => {
      const { x, label } = batch(step);
      if (step === 2) (x as Float32Array)[7] = Infinity;
      return { x: x!, label: label! };
    };
    const { message } = await stopsAlike(
      recipe(net, "minimize mean(cross_entropy(net(x), label)) using Adam(lr = 0.1)"),
      spoiled,
    );
    expect(message).toContain("update 3: `x` holds Infinity at position 7");
  });

  test("is a penalty, where the loss alone is fine", async () => {
    const net = `
model Net(x: [B, 3]) -> [B, 2] {
  let y = x -> Dense(2)
  penalty log(-1 - mean(y^2))
  return y
}`;
    const { message } = await stopsAlike(recipe(net, classify));
    expect(message).toMatch(/^penalty is NaN at update 1: `log\(/);
  });
});
