// Each network trained for twenty steps beside its PyTorch program, from the same weights, batches and draws.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { readSafetensors } from "../../runtime/safetensors.ts";
import { compileProgram } from "../goldens/compile.ts";
import type { Reading } from "../programs/twin.ts";
import { trainEmitted, trainInterpreted } from "../programs/twin.ts";
import { batchesOf, executionsOf, startOf } from "./same-start.ts";

/** Losses by name, one number a step. */
type Series = Readonly<Record<string, readonly number[]>>;
type Losses = { readonly double: Series; readonly float: Series };

const here = new URL(".", import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, here), "utf8");
const losses = JSON.parse(read("losses.json")) as Readonly<Record<string, Losses>>;

/** `averages`: the averaged weights, of which PyTorch gives the sum of squares. */
const seriesOf = (
  readings: readonly Reading[],
  averages: readonly ArrayLike<number>[],
  wanted: Series,
): Series => {
  const series = (name: string): readonly number[] => {
    if (name === "penalty") return readings.map(({ penalty }) => penalty);
    if (name === "average") return [sumOfSquares(averages)];
    return readings.flatMap(({ step, loss }) => (step === name || step === "" ? [loss] : []));
  };
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, series(name)]));
};

const sumOfSquares = (arrays: readonly ArrayLike<number>[]): number =>
  arrays.flatMap((array) => Array.from(array)).reduce((sum, value) => sum + value * value, 0);

/** What a checkpoint holds as `<path>:ema`. */
const averagesIn = (checkpoint: Uint8Array): readonly Float32Array[] =>
  [...readSafetensors(checkpoint).tensors].flatMap(([name, { bytes }]) =>
    name.endsWith(":ema") ? [new Float32Array(bytes.slice().buffer)] : [],
  );

/** Largest relative difference at any step. */
const distance = (got: Series, want: Series): number =>
  Math.max(
    ...Object.entries(want).flatMap(([name, numbers]) =>
      numbers.map((number, n) => {
        const error = Math.abs(got[name]![n]! - number) / Math.abs(number);
        return Number.isNaN(error) ? Infinity : error;
      }),
    ),
  );

const table: Record<string, Record<string, string>> = {};
const round = (value: number): string => value.toExponential(1);
afterAll(() => console.table(table));

describe.each(Object.entries(losses))("%s", { timeout: 300_000 }, (name, { double, float }) => {
  const module = compileProgram(read(`${name}.dlm`), "Twin");
  const batchOf = batchesOf(module);
  const executions = executionsOf(module);
  const start = startOf(module);
  const own = distance(float, double);
  const row: Record<string, string> = (table[name] = { "PyTorch f32": round(own) });

  test("trains as PyTorch does in the interpreter", () => {
    const { readings, averages } = trainInterpreted(module, batchOf, executions, start);
    const arrays = [...averages.values()].map(({ data }) => data);
    const apart = distance(seriesOf(readings, arrays, double), double);
    row["interpreter"] = round(apart);
    expect(apart).toBeLessThan(1e-8);
  });

  test("trains as PyTorch does in emitted code", async () => {
    const { readings, trainer } = await trainEmitted(module, batchOf, executions, start);
    const averages = averagesIn(await trainer.save());
    const apart = distance(seriesOf(readings, averages, double), double);
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
    const { stdout } = await execute(python, ["-B", fileURLToPath(new URL("run.py", here))]);
    const now = JSON.parse(stdout) as Readonly<Record<string, Losses>>;
    expect(Object.keys(now)).toEqual(Object.keys(losses));
    for (const [name, { double, float }] of Object.entries(losses)) {
      expect(distance(now[name]!.double, double), name).toBeLessThan(1e-11);
      const own = distance(float, double);
      expect(distance(now[name]!.float, double), name).toBeLessThan(2 * own);
    }
  },
);
