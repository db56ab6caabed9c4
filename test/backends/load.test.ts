// A file compiled while a program runs, and what it gives.

import { expect, test } from "vitest";
import { wasmBackend } from "../../compiler/backends/wasm/index.ts";
import { load } from "../../compiler/load.ts";
import { DlmError } from "../../runtime/errors.ts";

const source = `model Line(x: [B, 2]) -> [B, 1] { return x -> Dense(1) }

train LineTrainer {
  data x: [B, 2], y: [B, 1]
  let net = Line()
  let error = (net(x) - y)^2
  minimize mean(error) using Adam(lr = 0.05)
  metric worst = max(error)
  batch: 4
}
`;
const options = { entry: "line.dlm", read: () => source };

test.each([
  ["TypeScript", {}],
  ["WebAssembly", { backend: wasmBackend }],
])("models and recipes come by name, on %s", async (_, on) => {
  const { models, recipes } = load({ ...options, ...on });
  expect([Object.keys(models), Object.keys(recipes)]).toEqual([["Line"], ["LineTrainer"]]);
  const trainer = await recipes["LineTrainer"]!.create({ seed: 3 });
  const x = Float32Array.of(1, 0, 0, 1, 1, 1, 2, 1);
  const batch = { x, y: Float32Array.of(1, -2, -1, 0) };
  for (let round = 0; round < 400; round++) await trainer.step(batch);
  expect((await trainer.evaluate([batch]))["worst"]).toBeLessThan(1e-3);
  const net = await models["Line"]!.create({ weights: await trainer.model("net").save() });
  const [found] = net.predict({ x: Float32Array.of(3, 2) });
  expect(found).toBeCloseTo(-1, 1);
  net.dispose();
  trainer.dispose();
});

test("what is created twice is two of one program", async () => {
  const { models } = load(options);
  const [one, other] = [await models["Line"]!.create(), await models["Line"]!.create({ seed: 7 })];
  const x = Float32Array.of(3, 2);
  expect([...one.predict({ x })]).not.toEqual([...other.predict({ x })]);
});

test("mistakes are thrown as a person reads them", () => {
  const wrong = { ...options, read: () => source.replace("Dense(1)", "Dence(1)") };
  const thrown = ((): unknown => {
    try {
      return load(wrong);
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(DlmError);
  expect(thrown).toMatchObject({
    code: "bad-source",
    message: expect.stringMatching(/DLM0201[^]*--> line\.dlm:1:47[^]*did you mean `Dense`\?/),
  });
});
