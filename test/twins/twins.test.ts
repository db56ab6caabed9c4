// Each network trained for twenty steps beside its PyTorch program, from the same weights, batches and draws.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { trainInterpreted } from "../programs/twin.ts";
import type { Losses } from "./losses.ts";
import { distance, emittedApart, losses, seriesOf, twinOf } from "./losses.ts";
import { batchesOf, executionsOf, startOf } from "./same-start.ts";

const table: Record<string, Record<string, string>> = {};
const round = (value: number): string => value.toExponential(1);
afterAll(() => console.table(table));

describe.each(Object.entries(losses))("%s", { timeout: 300_000 }, (name, { double, float }) => {
  const module = twinOf(name);
  const own = distance(float, double);
  const row: Record<string, string> = (table[name] = { "PyTorch f32": round(own) });

  test("trains as PyTorch does in the interpreter", () => {
    const { readings, averages } = trainInterpreted(
      module,
      batchesOf(module),
      executionsOf(module),
      startOf(module),
    );
    const arrays = [...averages.values()].map(({ data }) => data);
    const apart = distance(seriesOf(readings, arrays, double), double);
    row["interpreter"] = round(apart);
    expect(apart).toBeLessThan(1e-8);
  });

  test("trains as PyTorch does in emitted code", async () => {
    const apart = await emittedApart(module, double);
    row["emitted f32"] = round(apart);
    expect(apart).toBeLessThan(1e-4);
  });

  test("losses move, so the updates are part of what is compared", () => {
    for (const [, numbers] of Object.entries(double).filter(([key]) => key !== "average"))
      expect(Math.abs(numbers.at(-2)! - numbers[1]!)).toBeGreaterThan(1e-3 * Math.abs(numbers[1]!));
  });
});

const execute = promisify(execFile);
const python = "/usr/bin/python3";
const hasTorch = await execute(python, ["-c", "import torch"]).then(
  () => true,
  () => false,
);

test.skipIf(!hasTorch)(
  "PyTorch gives the numbers that are kept",
  { timeout: 300_000 },
  async () => {
    const { stdout } = await execute(python, [
      "-B",
      fileURLToPath(new URL("run.py", import.meta.url)),
    ]);
    const now = JSON.parse(stdout) as Readonly<Record<string, Losses>>;
    expect(Object.keys(now)).toEqual(Object.keys(losses));
    for (const [name, { double, float }] of Object.entries(losses)) {
      expect(distance(now[name]!.double, double), name).toBeLessThan(1e-11);
      const own = distance(float, double);
      expect(distance(now[name]!.float, double), name).toBeLessThan(2 * own);
    }
  },
);
