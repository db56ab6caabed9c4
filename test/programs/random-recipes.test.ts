import { expect, test } from "vitest";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { createStream } from "../ops/draw-sample.ts";
import { randomRecipe } from "./random-recipes.ts";
import type { RandomRecipe } from "./random-recipes.ts";
import { trainingApart } from "./twin.ts";
import type { Data } from "./twin.ts";

const batchOf =
  ({ features, classes, rows }: RandomRecipe, seed: number) =>
  (execution: number): Data => {
    const next = createStream(31 * seed + execution);
    const x = Array.from({ length: rows * features }, () => Math.fround(2 * next() - 1));
    const label = Array.from({ length: rows }, () => Math.floor(classes * next()));
    return new Map([
      ["x", tensor("f32", [rows, features], x)],
      ["label", tensor("i32", [rows], label)],
    ]);
  };

const problemsOf = async (seed: number): Promise<readonly string[]> => {
  const recipe = randomRecipe(seed);
  try {
    const module = compileProgram(recipe.text, "Fit");
    const found = await trainingApart(module, batchOf(recipe, seed), recipe.executions);
    return [...found].flatMap(([what, by]) =>
      by < 1e-3 ? [] : [`seed ${seed}: ${what} is ${by} apart\n${recipe.text}`],
    );
  } catch (error) {
    return [`seed ${seed}: ${String(error)}\n${recipe.text}`];
  }
};

const failuresOf = async (first: number, count: number): Promise<readonly string[]> => {
  const failures: string[] = [];
  for (let seed = first; seed < first + count && failures.length < 3; seed++)
    failures.push(...(await problemsOf(seed)).slice(0, 1));
  return failures;
};

test("60 recipes of a fixed seed train as the interpreter does", { timeout: 600_000 }, async () => {
  expect(await failuresOf(1, 60)).toEqual([]);
});

test("30 recipes of a fresh seed train as the interpreter does", { timeout: 600_000 }, async () => {
  const seed = 1_000_000 + Math.floor(Math.random() * 2_000_000_000);
  expect(await failuresOf(seed, 30), `fresh seed ${seed}`).toEqual([]);
});
