import { expect, test } from "vitest";
import { compile, instantiate } from "../../compiler/index.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";

type Batch = { readonly x: Float32Array; readonly y: Float32Array };

const source = `
train Fit {
  data x: [B, T], y: [B, T]
  let net = Scale()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}
block Scale()(x: [B, T]) -> [B, T] {
  param w: float = 1
  return w * x
}`;

const trainerOf = async (): Promise<
  Trainer<Batch, { readonly loss: number }, { readonly loss: number }>
> => {
  const { modules } = compile({ entry: "fit.dlm", read: (p) => (p === "fit.dlm" ? source : null) });
  const program = (await instantiate(modules[0]!)) as TrainProgram;
  return startTrainer(new Trainer<Batch, { loss: number }, { loss: number }>(program), { seed: 1 });
};
const batch: Batch = { x: new Float32Array(15).fill(2), y: new Float32Array(15).fill(1) };

test("sizes that the lengths do not tell are asked for by name", async () => {
  const trainer = await trainerOf();
  await expect(trainer.step(batch)).rejects.toThrow(/pass `sizes: \{ B, T \}`/);
});

test("a size given to step, run and evaluate decides the others", async () => {
  const trainer = await trainerOf();
  const log = await trainer.step(batch, { sizes: { T: 5 } });
  expect(log.loss).toBeCloseTo(1, 6);
  for await (const { loss } of trainer.run([batch], { sizes: { B: 3 } }))
    expect(loss).toBeLessThan(1);
  const { loss } = await trainer.evaluate([batch, batch], { sizes: { T: 5 } });
  expect(loss).toBeLessThan(log.loss);
});

test("a size that does not fit is refused", async () => {
  const trainer = await trainerOf();
  await expect(trainer.step(batch, { sizes: { T: 4 } })).rejects.toThrow(/x/);
});
