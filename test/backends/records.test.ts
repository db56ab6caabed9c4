// Every op record's samples, forward and gradient, on the TypeScript backend beside the interpreter.

import { describe, expect, test } from "vitest";
import { isOpName, ops } from "../../compiler/ops/index.ts";
import { gradient } from "../../compiler/passes/differentiate.ts";
import { buildSample, drawOperands } from "../ops/draw-sample.ts";
import { expectSame, moduleOf } from "./run-entry.ts";

const names = Object.keys(ops)
  .filter(isOpName)
  .filter((name) => name !== "grad" && name !== "scan");

describe.each(names)("%s", (name) => {
  const { samples, vjp } = ops[name];
  expect(samples.length).toBeGreaterThan(0);
  test.each(samples.map((sample, k) => ({ sample, k })))(
    "computes sample $k",
    async ({ sample }) => {
      const { b, inputs, result } = buildSample(name, sample);
      const graph = b.finish(name, [], inputs, [result]);
      await expectSame(moduleOf(graph), drawOperands(sample));
    },
  );
  if (typeof vjp !== "function") return;
  test.each(samples.map((sample, k) => ({ sample, k })))(
    "computes the gradient of sample $k",
    async ({ sample }) => {
      const { b, inputs, result } = buildSample(name, sample);
      if (result.type.dtype !== "f32" || inputs.every((v) => v.type.dtype !== "f32")) return;
      const axes = result.type.shape.map((_, k) => k);
      const wave = b.op("sin", [result]);
      const total = axes.length === 0 ? wave : b.op("reduceSum", [wave], { axes });
      const real = inputs.filter((v) => v.type.dtype === "f32");
      const gradients = gradient(b, total, real).filter((g) => g !== null);
      const graph = b.finish(name, [], inputs, gradients);
      await expectSame(moduleOf(graph), drawOperands(sample), {}, 1e-4);
    },
  );
});
