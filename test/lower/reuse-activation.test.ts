// Gradients of a relu ask its result: one buffer fewer per layer, the same numbers.

import { expect, test } from "vitest";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { createBuilder } from "../../compiler/ops/builder.ts";
import { gradient } from "../../compiler/passes/differentiate.ts";
import { expectSame, moduleOf } from "../backends/run-entry.ts";

const shape = [3, 5];
const type = { dtype: "f32", shape } as const;

/** dx and dW of sum(sin(relu(x @ W) @ V)). */
const gradients = () => {
  const b = createBuilder();
  const x = b.input("%", "x", type);
  const W = b.input("%", "W", { dtype: "f32", shape: [5, 7] });
  const V = b.input("%", "V", { dtype: "f32", shape: [7, 2] });
  const z = b.op("contract", [x, W], { spec: "bd,dn->bn" });
  const zero = b.constant(0, z.type);
  const y = b.op("select", [b.op("le", [z, zero]), zero, z]);
  const out = b.op("sin", [b.op("contract", [y, V], { spec: "bd,dn->bn" })]);
  const loss = b.op("reduceSum", [out], { axes: [0, 1] });
  const found = gradient(b, loss, [x, W, V]).filter((g) => g !== null);
  return moduleOf(b.finish("gradients", [], [x, W, V], found));
};

test("only the result of a relu is kept for its gradient", () => {
  const plan = lower(gradients());
  const kept = plan.entries[0]!.slots.filter((s) => s.shape.join() === "3,7");
  // The result, and the cotangent of the operand.
  expect(kept).toHaveLength(2);
});

test("the gradient is the interpreter's, also where the operand is exactly 0", async () => {
  const wave = (n: number): readonly number[] =>
    Array.from({ length: n }, (_, k) => Math.sin(3 * k));
  const x = tensor("f32", shape, [...wave(10), 0, -0, 0, 0, 0]);
  await expectSame(gradients(), [
    x,
    tensor("f32", [5, 7], wave(35)),
    tensor("f32", [7, 2], wave(14)),
  ]);
});
