// Second derivatives of products with any number of factors that are 0, beside products written out.

import { expect, test } from "vitest";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { engines } from "../goldens/engines.ts";

const program = `model M(x: [3, 4], v: [3, 4]) -> (g: [3, 4], h: [3, 4]) {
  let g = grad(sum(prod(x, over = 1)^2 + prod(x, over = 1)), x)
  return g, grad(sum(g * v), x)
}`;

const rows = [
  [2, -0.5, 3, 1.5],
  [0, -0.5, 3, 1.5],
  [2, 0, 3, 0],
  [0, 0, 0, 1.5],
  [0, 0, 0, 0],
  [0, 2, 0, -1],
];
const productWithout = (row: readonly number[], ...left: readonly number[]): number =>
  row.reduce((p, value, i) => (left.includes(i) ? p : p * value), 1);

/** Of `p^2 + p`: slopes `(2 p + 1) p_i`, and their own slopes along `v`. */
const slopes = (row: readonly number[]) =>
  row.map((_, i) => (2 * productWithout(row) + 1) * productWithout(row, i));
const curved = (row: readonly number[], v: readonly number[]) =>
  row.map((_, j) =>
    row.reduce((sum, _value, i) => {
      const both = i === j ? 0 : productWithout(row, i, j);
      const p = productWithout(row);
      return (
        sum + v[i]! * (2 * productWithout(row, i) * productWithout(row, j) + (2 * p + 1) * both)
      );
    }, 0),
  );

for (const engine of engines)
  test.each([0, 3])(`${engine.name}, rows from %i on`, async (start) => {
    const own = rows.slice(start, start + 3);
    const v = own.map((_, r) => [1, -2, 0.5, 3].map((value) => value + r));
    const data = new Map([
      ["x", tensor("f32", [3, 4], own.flat())],
      ["v", tensor("f32", [3, 4], v.flat())],
    ]);
    const run = await engine.open(compileProgram(program));
    const { results } = run("forward", { data, stored: new Map() });
    const g = own.flatMap(slopes);
    const h = own.flatMap((row, r) => curved(row, v[r]!));
    expect(engine.error(results.get("g")!.data, g)).toBeLessThan(engine.tolerance.gradient);
    expect(engine.error(results.get("h")!.data, h)).toBeLessThan(engine.tolerance.gradient);
  });
