// What a shader meets and has to refuse: an index outside of its axis, a remainder of 0.

import { describe, expect, test } from "vitest";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import type { DlmError } from "../../runtime/errors.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { errorOf } from "../runtime/errors.ts";
import { compileRecipe, start } from "../runtime/recipe.ts";
import { onSwiftShader } from "./targets.ts";

const recipe = (line: string): string => `
model Net(x: [B, 3], k: int[B]) -> [B, 2] {
  param table: [4, 3] = 0.5
  buffer seen: float = 0
  ${line}
  next seen = seen + 1
  return x * picked -> Dense(2)
}
train Fit {
  data x: [B, 3], k: int[B]
  let net = Net()
  minimize mean(net(x, k)^2) using Adam(lr = 0.1)
}`;

const batchOf = (...k: readonly number[]): ArrayBatch => ({
  x: Float32Array.from({ length: 3 * k.length }, (_, i) => Math.sin(1.7 * i)),
  k: Int32Array.from(k),
});

/** On both targets: a step on bad numbers, and steps on good ones before and after it, whose losses agree. */
const refused = async (line: string, good: ArrayBatch, bad: ArrayBatch): Promise<DlmError> => {
  const outcomes = [undefined, onSwiftShader].map(async (backend) => {
    const gpu = backend === undefined ? {} : { gpu: swiftShaderGpu() };
    const program = await compileRecipe(recipe(line), backend);
    const trainer = await start(program, gpu);
    const losses = [(await trainer.step(good))["loss"]!];
    const before = await trainer.save();
    const error = await errorOf(() => trainer.step(bad));
    expect(Buffer.compare(await trainer.save(), before), "what is held").toBe(0);
    losses.push((await trainer.step(good))["loss"]!);
    trainer.dispose();
    return { error, losses };
  });
  const [wanted, own] = await Promise.all(outcomes);
  expect([own!.error.code, own!.error.message]).toEqual([
    wanted!.error.code,
    wanted!.error.message,
  ]);
  own!.losses.forEach((loss, n) => expect(loss).toBeCloseTo(wanted!.losses[n]!, 5));
  return own!.error;
};

describe.skipIf(!hasSwiftShader)(`a step refuses (${needsSwiftShader})`, () => {
  test.each([
    ["an index above its axis", "let picked = table[k + 1]", [0, 2, 1], [0, 3, 1], "a.dlm:5:16"],
    ["an index below 0", "let picked = table[k - 1]", [1, 4, 2], [1, 0, 2], "a.dlm:5:16"],
  ])("%s", async (_what, line, good, bad, at) => {
    const error = await refused(line, batchOf(...good), batchOf(...bad));
    expect(error.code).toBe("DLM0412");
    expect(error.message).toContain(`an index lies outside its axis at ${at}`);
  });

  test("a remainder of 0", async () => {
    const line = "let picked = table[7 % k]";
    const error = await refused(line, batchOf(2, 3, 4), batchOf(2, 0, 4));
    expect(error.code).toBe("DLM0313");
    expect(error.message).toContain("`%` by 0 at a.dlm:5:22");
  });
});
