// Each network trained for twenty steps on WebGPU beside its PyTorch program, from the same weights, batches and draws.

import { afterAll, describe, expect, test } from "vitest";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { distance, emittedApart, losses, twinOf } from "../twins/losses.ts";
import { onSwiftShader } from "./targets.ts";

/** Shaders compute in f32, as PyTorch does in one of its two trainings: times what that is off. */
const timesFloat = 5;

const table: Record<string, Record<string, string>> = {};
const round = (value: number): string => value.toExponential(1);
afterAll(() => console.table(table));

describe.skipIf(!hasSwiftShader)(`twins on WebGPU (${needsSwiftShader})`, () => {
  test.each(Object.entries(losses))("%s", { timeout: 300_000 }, async (name, { double, float }) => {
    const own = distance(float, double);
    const on = { backend: onSwiftShader, gpu: swiftShaderGpu() };
    const apart = await emittedApart(twinOf(name), double, on);
    table[name] = { "PyTorch f32": round(own), WebGPU: round(apart) };
    expect(apart).toBeLessThan(timesFloat * own);
  });
});
