// A small recipe for faults that updates show, and its batches.

import { tensor } from "../../compiler/kernel/tensor.ts";
import { createChoices } from "../fuzz/random.ts";
import type { Data } from "../programs/twin.ts";

export const recipe = `
model Net(x: [B, 3]) -> [B, 1] {
  return x -> Dense(4) -> tanh -> Dense(1)
}
train Fit {
  data x: [B, 3], y: [B, 1]
  let net = Net()
  minimize mean((net(x) - y)^2) using Adam(lr = 0.05) clip 0.3
}`;

export const batchOf = (n: number, examples: number): Data => {
  const { unit } = createChoices(n);
  const draw = (shape: readonly number[]) =>
    tensor(
      "f32",
      shape,
      Array.from({ length: examples * shape[1]! }, () => Math.fround(2 * unit() - 1)),
    );
  return new Map([
    ["x", draw([examples, 3])],
    ["y", draw([examples, 1])],
  ]);
};
