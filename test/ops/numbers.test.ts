// What element-wise ops do at 0, far out, at infinity and NaN: the table of the language's numbers.

import { describe, expect, test } from "vitest";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { createBuilder } from "../../compiler/ops/builder.ts";
import type { OpName } from "../../compiler/ops/index.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import type { Attrs } from "../../compiler/ir/graph.ts";
import type { DType } from "../../compiler/ir/type.ts";
import { gradient } from "../../compiler/passes/differentiate.ts";

const run = (
  name: OpName,
  columns: readonly (readonly number[])[],
  attrs: Attrs = {},
  dtype: DType = "f32",
): readonly number[] => {
  const b = createBuilder();
  const shape = [columns[0]!.length];
  const inputs = columns.map((_, i) => b.input("%", `x${i}`, { dtype, shape }));
  const graph = b.finish("f", [], inputs, [b.op(name, inputs, attrs)]);
  return [
    ...interpretGraph(
      graph,
      columns.map((data) => tensor(dtype, shape, data)),
    )[0]!.data,
  ];
};

const inf = Infinity;
const points = [-inf, -1e4, 0, 1e4, inf, NaN];
const table: readonly (readonly [OpName, readonly number[]])[] = [
  ["neg", [inf, 1e4, -0, -1e4, -inf, NaN]],
  ["abs", [inf, 1e4, 0, 1e4, inf, NaN]],
  ["floor", [-inf, -1e4, 0, 1e4, inf, NaN]],
  ["exp", [0, 0, 1, inf, inf, NaN]],
  ["expm1", [-1, -1, 0, inf, inf, NaN]],
  ["log", [NaN, NaN, -inf, Math.log(1e4), inf, NaN]],
  ["log1p", [NaN, NaN, 0, Math.log1p(1e4), inf, NaN]],
  ["sqrt", [NaN, NaN, 0, 100, inf, NaN]],
  ["sin", [NaN, Math.sin(-1e4), 0, Math.sin(1e4), NaN, NaN]],
  ["cos", [NaN, Math.cos(1e4), 1, Math.cos(1e4), NaN, NaN]],
  ["atan", [-Math.PI / 2, Math.atan(-1e4), 0, Math.atan(1e4), Math.PI / 2, NaN]],
  ["erf", [-1, -1, 0, 1, 1, NaN]],
  ["tanh", [-1, -1, 0, 1, 1, NaN]],
  ["sigmoid", [0, 0, 0.5, 1, 1, NaN]],
];

test.each(table)("%s at -inf, -1e4, 0, 1e4, inf, NaN", (name, want) => {
  expect(run(name, [points])).toEqual(want);
});

describe("two operands", () => {
  const left = [1, 0, -1, inf, inf, NaN, 2];
  const right = [0, 0, 0, inf, -inf, 1, NaN];

  test("division by zero and of infinities is that of IEEE", () => {
    expect(run("div", [left, right])).toEqual([inf, NaN, -inf, NaN, NaN, NaN, NaN]);
    expect(run("add", [left, right])).toEqual([1, 0, -1, inf, NaN, NaN, NaN]);
    expect(run("mul", [left, right])).toEqual([0, 0, -0, inf, -inf, NaN, NaN]);
  });

  test("max and min pass NaN on", () => {
    expect(run("max", [left, right])).toEqual([1, 0, 0, inf, inf, NaN, NaN]);
    expect(run("min", [left, right])).toEqual([0, 0, -1, inf, -inf, NaN, NaN]);
  });

  test("comparisons with NaN are false, so le is not the opposite of lt", () => {
    expect(run("eq", [left, right])).toEqual([0, 1, 0, 1, 0, 0, 0]);
    expect(run("lt", [left, right])).toEqual([0, 0, 1, 0, 0, 0, 0]);
    expect(run("le", [left, right])).toEqual([0, 1, 1, 1, 0, 0, 0]);
  });

  test("mod has the sign of the divisor", () => {
    expect(
      run("mod", [
        [7, -7, 7, -7],
        [3, 3, -3, -3],
      ]),
    ).toEqual([1, 2, -2, -1]);
  });

  test("a negative base with a fractional exponent is NaN, anything to the 0 is 1", () => {
    expect(
      run("pow", [
        [-2, -2, 0, NaN, inf],
        [0.5, 3, 0, 0, -1],
      ]),
    ).toEqual([NaN, -8, 1, 1, 0]);
  });
});

describe("integers", () => {
  test("dividing by zero gives 0, division floors", () => {
    expect(
      run(
        "div",
        [
          [7, -7, 7, 5],
          [2, 2, -2, 0],
        ],
        {},
        "i32",
      ),
    ).toEqual([3, -4, -4, 0]);
    expect(
      run(
        "mod",
        [
          [7, -7, 7, 5],
          [2, 2, -2, 0],
        ],
        {},
        "i32",
      ),
    ).toEqual([1, 1, -1, 0]);
  });

  test("sums and products wrap at 32 bits", () => {
    expect(run("add", [[2147483647], [1]], {}, "i32")).toEqual([-2147483648]);
    expect(run("mul", [[65536], [65537]], {}, "i32")).toEqual([65536]);
  });

  test("a cast truncates, saturates and maps NaN to 0", () => {
    expect(run("cast", [[2.9, -2.9, 3e9, -inf, NaN]], { dtype: "i32" })).toEqual([
      2, -2, 2147483647, -2147483648, 0,
    ]);
    expect(run("cast", [[2, 0, -0, NaN]], { dtype: "bool" })).toEqual([1, 0, 0, 1]);
  });
});

describe("order", () => {
  test("NaN is the greatest for reduceMax, argMax and topK; ties go to the lowest position", () => {
    const data = [2, NaN, 7, 7, -inf];
    expect(run("reduceMax", [data], { axes: [0] })).toEqual([NaN]);
    expect(run("argMax", [data], { axes: [0] })).toEqual([1]);
    expect(run("topK", [data], { k: 5 })).toEqual([1, 2, 3, 0, 4]);
    // Of many they are found one after the other.
    const many = [...data, ...Array.from({ length: 40 }, () => -inf), NaN, 9];
    expect(run("topK", [many], { k: 5 })).toEqual([1, 45, 46, 2, 3]);
    expect(run("topK", [Array.from({ length: 24 }, () => -inf)], { k: 3 })).toEqual([0, 1, 2]);
    expect(run("topK", [Array.from({ length: 24 }, () => NaN)], { k: 3 })).toEqual([0, 1, 2]);
    expect(run("argMax", [[1, 7, 7]], { axes: [0] })).toEqual([1]);
    expect(run("argMax", [[-inf, -inf]], { axes: [0] })).toEqual([0]);
  });
});

describe("gradients far out", () => {
  const slopes = (name: OpName): readonly number[] => {
    const b = createBuilder();
    const x = b.input("%", "x", { dtype: "f32", shape: [5] });
    const [g] = gradient(b, b.op(name, [x]), [x]);
    const graph = b.finish("f", [], [x], [g!]);
    return [...interpretGraph(graph, [tensor("f32", [5], [-inf, -1e4, 0, 1e4, inf])])[0]!.data];
  };

  test.each(["tanh", "sigmoid", "erf", "atan"] as const)(
    "%s has a finite slope everywhere",
    (name) => {
      const found = slopes(name);
      expect(found.filter((value) => !Number.isFinite(value))).toEqual([]);
      expect(Math.abs(found[1]!)).toBeLessThan(2e-8);
    },
  );
});
