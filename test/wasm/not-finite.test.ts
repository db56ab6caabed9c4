// A loss that is not finite says where that began as on TypeScript, also where the batch is fixed and memory with it.

import { expect, test } from "vitest";
import type { Backend } from "../../compiler/backends/backend.ts";
import { typescriptBackend } from "../../compiler/backends/typescript/index.ts";
import { wasmBackend } from "../../compiler/backends/wasm/index.ts";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { errorOf } from "../runtime/errors.ts";
import { compileRecipe, start } from "../runtime/recipe.ts";

const batch: ArrayBatch = {
  x: Float32Array.from({ length: 15 }, (_, i) => Math.sin(1.7 * i)),
  label: Int32Array.from({ length: 5 }, (_, i) => i % 2),
};

const recipe = (body: string, lr: number, rest: string): string => `
model Net(x: [B, 3]) -> [B, 2] {
  ${body}
}
train Fit {
  data x: [B, 3], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Sgd(lr = ${lr})
  ${rest}
}`;

/** Of the first step that stops, of at most 9; what is held stays as it was. */
const messageOf = async (text: string, backend: Backend): Promise<string> => {
  const trainer = await start(await compileRecipe(text, backend));
  for (let step = 0; step < 9; step++) {
    const before = await trainer.save();
    const error = await errorOf(() => trainer.step(batch)).catch(() => null);
    if (error === null) continue;
    expect(error.code).toBe("not-finite");
    expect(await trainer.save()).toEqual(before);
    return error.message;
  }
  throw new Error("no step stopped");
};

const logarithm = "return log((x -> Dense(5)) - 100) -> Dense(2)";

test.each([
  ["a batch of any size", recipe(logarithm, 0.1, "")],
  ["a batch of 5", recipe(logarithm, 0.1, "batch: 5")],
])("names a logarithm: %s", async (_name, text) => {
  const message = await messageOf(text, wasmBackend);
  expect(message).toContain("`log((x -> Dense(5)) - 100)` in net (a.dlm:3:10) first gave NaN");
  expect(message).toBe(await messageOf(text, typescriptBackend));
});

test("names the sum of a batch that overflows while all it is of is finite", async () => {
  const text = recipe("return x -> Dense(5) -> tanh -> Dense(2)", 1e38, "batch: 5");
  expect(await messageOf(text, wasmBackend)).toMatch(
    /^loss is Infinity at update 3: `log\(s\)` in `cross_entropy\(.*first gave Infinity$/,
  );
});
