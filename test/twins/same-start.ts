// A recipe into the weights and batches that its PyTorch twin uses too: numbers of the counter generator, named by
// weight and field.

import { printDim } from "../../compiler/ir/dim-text.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { splitSeed, streamKey, uniformAt } from "../../runtime/random.ts";
import { turnsOf } from "../../runtime/rounds.ts";
import type { BatchOf, Data } from "../programs/twin.ts";
import { initialValues, seed } from "../programs/twin.ts";

const rounds = 20;

/** Sizes that a recipe leaves open, in every batch. */
const openSizes: Readonly<Record<string, number>> = { T: 6 };

/** Integer fields lie below these. */
const below: Readonly<Record<string, number>> = { label: 3, chars: 11, target: 11 };

const uniforms = (stream: string, count: number, n: number): number[] => {
  const key = streamKey(stream, ...splitSeed(seed));
  return Array.from({ length: count }, (_, i) => uniformAt(...key, n, i));
};

/**
 * A half around the constant that a weight starts with in the library, or around 0, and averages at their weights; buffers
 * and state as they start.
 */
export const startOf = (module: Module): Data => {
  const start = new Map(initialValues(module));
  for (const { path, storage, init } of module.stored) {
    const { dtype, shape, data } = start.get(path)!;
    if (storage !== "param" && storage !== "average") continue;
    const weight = path.replace(":ema", "");
    const around = init.kind === "constant" && weight.endsWith("gamma") ? init.value : 0;
    const values = uniforms(weight, data.length, 0).map((u) => Math.fround(around + u - 0.5));
    start.set(path, tensor(dtype, shape, values));
  }
  return start;
};

/** There are three batches, the last one smaller. */
export const batchesOf =
  (module: Module): BatchOf =>
  (execution) => {
    const n = execution % 3;
    const rows = n === 2 ? 4 : 5;
    return new Map(
      module.train!.fields.map(({ name, type }) => {
        const shape = type.shape.map((dim, axis) =>
          axis === 0 ? rows : typeof dim === "number" ? dim : openSizes[printDim(dim)]!,
        );
        const values = uniforms(
          name,
          shape.reduce((a, b) => a * b, 1),
          n,
        );
        return [
          name,
          type.dtype === "i32"
            ? tensor(
                "i32",
                shape,
                values.map((u) => Math.floor(below[name]! * u)),
              )
            : tensor("f32", shape, values),
        ];
      }),
    );
  };

export const executionsOf = ({ train }: Module): number =>
  rounds * turnsOf(train!.steps, train!.settings.accumulate).length;
