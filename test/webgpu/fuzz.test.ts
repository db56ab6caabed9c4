// Generated programs on WebGPU: values, gradients and two updates, beside the interpreter.

import { describe, expect, test } from "vitest";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { checkOn } from "../fuzz/device.ts";
import type { Program } from "../fuzz/program.ts";
import { failuresOf } from "../fuzz/report.ts";
import { runsAll } from "./parts.ts";

const count = runsAll ? 1000 : 75;

const value = (name: string) =>
  ({ name, kind: "float", shape: [3, 5], exact: false, bound: 2 }) as const;

/** The sine of what f32 holds with five bits behind the point. */
const fast: Program = {
  seed: 1,
  inputs: [{ ...value("x"), exact: true, below: 0 }],
  statements: [
    { rule: "sin", text: "let y = sin(300_000.7 * x)", defines: [value("y")], reads: ["x"] },
  ],
  result: value("y"),
};

const testSeeds = (what: string, first: number): void =>
  test(`${count} programs of ${what}`, { timeout: 3_600_000 }, async () => {
    const unsteady: string[] = [];
    const check = checkOn(swiftShaderGpu(), (verdict) => unsteady.push(verdict));
    expect(await failuresOf(first, count, check), `seeds from ${first}`).toEqual([]);
    expect(unsteady.length, unsteady.join("\n")).toBeLessThanOrEqual(count / 50);
  });

describe.skipIf(!hasSwiftShader)(`generated programs agree (${needsSwiftShader})`, () => {
  test("unless rounding alone moves their values, which is counted", async () => {
    const unsteady: string[] = [];
    const check = checkOn(swiftShaderGpu(), (verdict) => unsteady.push(verdict));
    expect(await check(fast)).toBeNull();
    expect(unsteady).toEqual([expect.stringMatching(/^seed 1: emitted: value\[/)]);
  });

  testSeeds("fixed seeds", 1);
  testSeeds("fresh seeds", 1_000_000 + Math.floor(Math.random() * 2_000_000_000));
});
