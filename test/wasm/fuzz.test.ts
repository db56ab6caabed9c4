// Generated programs as WebAssembly: values, gradients and two updates, beside the interpreter.

import { expect, test } from "vitest";
import { checkWasm } from "../fuzz/device.ts";
import { failuresOf } from "../fuzz/report.ts";

const count = 300;

const testSeeds = (what: string, first: number): void =>
  test(`${count} programs of ${what} agree`, { timeout: 900_000 }, async () => {
    const unsteady: string[] = [];
    const check = checkWasm((verdict) => unsteady.push(verdict));
    expect(await failuresOf(first, count, check), `seeds from ${first}`).toEqual([]);
    expect(unsteady.length, unsteady.join("\n")).toBeLessThanOrEqual(count / 50);
  });

testSeeds("fixed seeds", 1);
testSeeds("fresh seeds", 1_000_000 + Math.floor(Math.random() * 2_000_000_000));
