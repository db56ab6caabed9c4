// A loss that is NaN or infinite names the op, the layer and the line where that began.
import { describe, expect, test } from "vitest";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { errorOf } from "./errors.ts";
import { compileRecipe, start } from "./recipe.ts";

const batch = (seed: number, count = 5): ArrayBatch => ({
  x: Float32Array.from({ length: 3 * count }, (_, i) => Math.sin(seed + 1.7 * i)),
  label: Int32Array.from({ length: count }, (_, i) => (i + seed) % 2),
});

/** The message of the first step that stops, of at most 200. */
const messageOf = async (text: string): Promise<string> => {
  const trainer = await start(await compileRecipe(text));
  const error = await errorOf(async () => {
    for (let step = 0; step < 200; step++) await trainer.step(batch(step));
  });
  expect(error.code).toBe("not-finite");
  return error.message;
};

const recipe = (net: string, rest: string): string => `${net}
train Fit {
  data x: [B, 3], label: int[B]
  let net = Net()
  ${rest}
}`;

const classify = "minimize mean(cross_entropy(net(x), label)) using Sgd(lr = 0.1)";

describe("the first NaN or infinity", () => {
  test("is a logarithm in the user's code", async () => {
    const net = `
model Net(x: [B, 3]) -> [B, 2] {
  let a = x -> Dense(5) -> tanh -> Dense(7)
  let b = log(a - 100)
  return b -> Dense(4) -> relu -> Dense(2)
}`;
    expect(await messageOf(recipe(net, classify))).toBe(
      "loss is NaN at update 1: `log(a - 100)` in net (a.dlm:4:11) first gave NaN",
    );
  });

  test("is a square root in a block inside a block", async () => {
    const net = `
block Inner(n)(x: [B, C]) -> [B, n] {
  let y = x -> Dense(n)
  return sqrt(y - 50)
}
block Outer(x: [B, C]) -> [B, 6] { return x -> Dense(7) -> relu -> Inner(6) }
model Net(x: [B, 3]) -> [B, 2] { return x -> Outer() -> Outer() -> Dense(2) }`;
    expect(await messageOf(recipe(net, classify))).toBe(
      "loss is NaN at update 1: `sqrt(y - 50)` in net.Outer_0.Inner_0 (a.dlm:4:10) first gave NaN",
    );
  });

  test("is a product that overflows when the learning rate is too large", async () => {
    const net = `
model Net(x: [B, 3]) -> [B, 1] {
  return x -> Dense(5) -> relu -> Dense(4) -> Dense(1)
}`;
    const loss = "minimize mean((net(x) - 1)^2) using Sgd(lr = 30)";
    expect(await messageOf(recipe(net, loss))).toMatch(
      /^loss is (NaN|Infinity) at update \d+: `.*` (in net\.Dense_\d \(a\.dlm:3:\d+, layers\.dlm:\d+:\d+\)|\(a\.dlm:8:\d+\)) first gave -?(NaN|Infinity)$/,
    );
  });

  test("is in the library, and the user's call is named first", async () => {
    const net = `
model Net(x: [B, 3]) -> [B] { return sum(x -> Dense(1), over = 1) - 90 }`;
    const loss = "minimize mean(poisson_nll(net(x), 1, log_input = false)) using Sgd(lr = 0.1)";
    expect(await messageOf(recipe(net, loss))).toMatch(
      /^loss is NaN at update 1: `log\(x \+ 1e-8\)` in `poisson_nll\(net\(x\), 1, log_input = false\)` \(a\.dlm:6:17, losses\.dlm:\d+:\d+\) first gave NaN$/,
    );
  });

  test("is not a logarithm of exponentials where there is another", async () => {
    const net = "model Net(x: [B, 3]) -> [B, 3] { return x -> Dense(3) }";
    const loss = "minimize mean(bce_logits(net(x), x)) + mean(log(net(x))) using Sgd(lr = 0.1)";
    expect(await messageOf(recipe(net, loss))).toBe(
      "loss is NaN at update 1: `log(net(x))` (a.dlm:5:47) first gave NaN",
    );
  });

  test("is no mask of -inf", async () => {
    const net = `
model Net(x: [B, 3]) -> [B, 2] {
  let seen[b, i, j] = if j <= i then x[b, i] * x[b, j] else -inf
  let y = x -> Dense(9) -> reshape([B, 3, 3])
  let z[b, i] = sum[j](softmax(seen)[b, i, j] * y[b, i, j])
  return log(z - 10) -> Dense(2)
}`;
    expect(await messageOf(recipe(net, classify))).toContain("`log(z - 10)` in net (a.dlm:6:10)");
  });

  test("is in a weight that an update spoiled", async () => {
    const net = `
model Net(x: [B, 3]) -> [B, 2] {
  param p: [2] = 0
  return Dense(2)(x) * (1 + sqrt(sum(p)))
}`;
    // As a summand of all logits it would have the slope 0, but for rounding.
    expect(await messageOf(recipe(net, classify))).toBe(
      "loss is NaN at update 2: weight `net.p` holds -Infinity since update 1",
    );
  });

  test("leaves the weights as they were", async () => {
    const net = "model Net(x: [B, 3]) -> [B, 2] { return log(x - 9) -> Dense(2) }";
    const trainer = await start(await compileRecipe(recipe(net, classify)));
    const before = await trainer.save();
    await errorOf(() => trainer.step(batch(0)));
    expect(await trainer.save()).toEqual(before);
  });
});
