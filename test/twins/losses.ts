// The losses of twins that PyTorch gave, and how far those of emitted code are from them.

import { readFileSync } from "node:fs";
import type { Module } from "../../compiler/ir/module.ts";
import { readSafetensors } from "../../runtime/safetensors.ts";
import { compileProgram } from "../goldens/compile.ts";
import type { On, Reading } from "../programs/twin.ts";
import { trainEmitted } from "../programs/twin.ts";
import { batchesOf, executionsOf, startOf } from "./same-start.ts";

/** Losses by name, one number a step. */
export type Series = Readonly<Record<string, readonly number[]>>;
export type Losses = { readonly double: Series; readonly float: Series };

const here = new URL(".", import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, here), "utf8");
export const losses = JSON.parse(read("losses.json")) as Readonly<Record<string, Losses>>;

export const twinOf = (name: string): Module => compileProgram(read(`${name}.dlm`), "Twin");

/** `averages`: the averaged weights, of which PyTorch gives the sum of squares. */
export const seriesOf = (
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
export const distance = (got: Series, want: Series): number =>
  Math.max(
    ...Object.entries(want).flatMap(([name, numbers]) =>
      numbers.map((number, n) => {
        const error = Math.abs(got[name]![n]! - number) / Math.abs(number);
        return Number.isNaN(error) ? Infinity : error;
      }),
    ),
  );

/** Of the losses of all steps, where the code is trained on what the twin was. */
export const emittedApart = async (
  module: Module,
  wanted: Series,
  on: On = {},
): Promise<number> => {
  const { readings, trainer } = await trainEmitted(
    module,
    batchesOf(module),
    executionsOf(module),
    startOf(module),
    on,
  );
  const averages = averagesIn(await trainer.save());
  trainer.dispose();
  return distance(seriesOf(readings, averages, wanted), wanted);
};
