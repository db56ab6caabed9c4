// The runtime under compiled recipes: exact metrics, resuming bit for bit, and the origin of a NaN.
import { describe, expect, test } from "vitest";
import { datasetOf, type ArrayBatch, type Dataset } from "../../runtime/data/dataset.ts";
import { gather } from "../../runtime/data/dataset.ts";
import { fit } from "../../runtime/fit.ts";
import { normalAt } from "../../runtime/random.ts";
import { compileRecipe, start } from "./recipe.ts";

const rows = 103;
const data: Dataset = datasetOf([
  [
    "x",
    {
      dtype: "f32",
      shape: [3],
      values: Float32Array.from({ length: rows * 3 }, (_, i) => normalAt(1, 2, 0, i)),
    },
  ],
  [
    "label",
    {
      dtype: "i32",
      shape: [],
      values: Int32Array.from({ length: rows }, (_, i) => (normalAt(1, 2, 0, 3 * i) > 0 ? 1 : 0)),
    },
  ],
]);

const classifier = (settings: string): string => `
model Net(x: [B, 3]) -> [B, 2] {
  return x -> Dense(7) -> BatchNorm() -> tanh -> Dropout(0.2) -> Dense(2)
}
train Classify {
  data x: [B, 3], label: int[B]
  batch: 16
  epochs: 3
  ${settings}
  let net = Net()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 1e-2) clip 1.0
  metric accuracy = mean(argmax(logits) == label)
  metric perplexity = exp(mean(cross_entropy(logits, label)))
  metric largest = max(logits)
}`;

const adversarial = `
model G(z: [B, 4]) -> [B, 3] { return z -> Dense(8) -> relu -> Dense(3) }
model D(x: [B, 3]) -> [B, 1] { return x -> Dense(8) -> leaky_relu -> Dense(1) }
train Gan {
  data x: [B, 3], label: int[B]
  batch: 16
  steps: 13
  let g = G()
  let d = D()
  step disc repeat 2 {
    let z: [B, 4] ~ normal()
    minimize mean(bce_logits(d(x), 1)) + mean(bce_logits(d(g(z)), 0)) over d using Adam(lr = 2e-3)
  }
  step gen {
    let z: [B, 4] ~ normal()
    minimize mean(bce_logits(d(g(z)), 1)) over g using Adam(lr = 2e-3)
  }
}`;

describe("a compiled recipe", () => {
  test.each([
    ["with dropout and batch norm", classifier("")],
    ["with accumulated gradients and averages", classifier("accumulate: 3  ema: 0.9")],
    ["with early stopping", classifier("validation: 0.2  early_stop: 1")],
    ["with two networks in turn", adversarial],
  ])("%s resumes with the same bits", async (_, text) => {
    const program = await compileRecipe(
      text.replace("  ema", "\n  ema").replace("  early", "\n  early"),
    );
    const checkpoints: Uint8Array[] = [];
    const straight = await start(program, { seed: 3 });
    await fit(straight, {
      data: { kind: "table", data },
      settings: { checkpointEvery: 2 },
      onCheckpoint: async (bytes) => void checkpoints.push(bytes),
    });
    const final = await straight.save();
    for (const checkpoint of [checkpoints[0]!, checkpoints[2]!]) {
      const resumed = await start(program, { checkpoint });
      await fit(resumed, { data: { kind: "table", data } });
      expect(await resumed.save()).toEqual(final);
    }
  });

  test("evaluates exactly over ragged batches", async () => {
    const trainer = await start(await compileRecipe(classifier("")));
    await fit(trainer, { data: { kind: "table", data } });
    const part = (from: number, to: number): ArrayBatch =>
      gather(
        data,
        Array.from({ length: to - from }, (_, i) => from + i),
      );
    const ragged = await trainer.evaluate([part(0, 16), part(16, 17), part(17, 30)]);
    // Row by row, joined by hand.
    const singles = await Promise.all(
      Array.from({ length: 30 }, (_, row) => trainer.evaluate([part(row, row + 1)])),
    );
    const mean = (name: string): number =>
      singles.reduce((sum, metrics) => sum + metrics[name]!, 0) / singles.length;
    expect(ragged["loss"]).toBeCloseTo(mean("loss"), 5);
    expect(ragged["accuracy"]).toBeCloseTo(mean("accuracy"), 10);
    expect(ragged["perplexity"]).toBe(Math.exp(ragged["loss"]!));
    expect(ragged["largest"]).toBe(Math.max(...singles.map((metrics) => metrics["largest"]!)));
  });

  test("judges a net by the weights that were loaded into it, where averages stand in for them", async () => {
    const program = await compileRecipe(classifier("ema: 0.9"));
    const net = (trainer: Awaited<ReturnType<typeof start>>) =>
      trainer.model<ArrayBatch, Float32Array>("net");
    const trained = await start(program, { seed: 3 });
    await fit(trained, { data: { kind: "table", data } });
    const whole = gather(
      data,
      Array.from({ length: 16 }, (_, i) => i),
    );
    const other = await start(program, { seed: 4 });
    await net(other).load(await net(trained).save());
    expect(await other.evaluate([whole])).toEqual(await trained.evaluate([whole]));
  });
});
