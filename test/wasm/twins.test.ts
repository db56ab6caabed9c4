// Each network trained for twenty steps as WebAssembly beside its PyTorch program, from the same weights, batches and draws.

import { expect, test } from "vitest";
import { wasmBackend } from "../../compiler/backends/wasm/index.ts";
import { distance, emittedApart, losses, twinOf } from "../twins/losses.ts";

/** Arithmetic is in f32, as PyTorch's is in one of its two trainings: times what that is off. */
const timesFloat = 5;

test.each(Object.entries(losses))("%s", { timeout: 60_000 }, async (name, { double, float }) => {
  const apart = await emittedApart(twinOf(name), double, { backend: wasmBackend });
  expect(apart).toBeLessThan(timesFloat * distance(float, double));
});
