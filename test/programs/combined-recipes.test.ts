// Recipes that combine steps, groups, penalties, draws, buffers and averages, trained as the interpreter does.

import { expect, test } from "vitest";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { turnsOf } from "../../runtime/rounds.ts";
import { compileProgram } from "../goldens/compile.ts";
import { data, recipes } from "../runtime/programs/resumed-recipes.ts";
import type { Data } from "./twin.ts";
import { trainingApart } from "./twin.ts";

/** Batches of eight rows; the sixth is a smaller one. */
const batchOf =
  ({ train }: Module) =>
  (execution: number): Data => {
    const first = 8 * (execution % 6);
    return new Map(
      train!.fields.map(({ name }) => {
        const { dtype, shape, values } = data.columns.get(name)!;
        const size = shape.reduce((a, b) => a * b, 1);
        const rows = Array.from(values.slice(first * size, (first + 8) * size));
        return [name, tensor(dtype, [rows.length / size, ...shape], rows)];
      }),
    );
  };

test.each(Object.entries(recipes))("%s", { timeout: 300_000 }, async (_, { text }) => {
  const module = compileProgram(text, "Fit");
  const { steps, settings } = module.train!;
  const rounds = Math.max(3, Math.ceil(7 / turnsOf(steps, settings.accumulate).length));
  const executions = rounds * turnsOf(steps, settings.accumulate).length;
  const apart = await trainingApart(module, batchOf(module), executions);
  expect(apart.size).toBeGreaterThan(executions);
  expect([...apart].filter(([, by]) => !(by < 1e-4))).toEqual([]);
});
