// Values at the edges of each function, and sizes at the edges of each tile: emitted code beside the interpreter.

import { describe, expect, test } from "vitest";
import { symbol } from "../../compiler/ir/dim.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { createBuilder } from "../../compiler/ops/builder.ts";
import type { OpName } from "../../compiler/ops/index.ts";
import { createStream, drawTensor } from "../ops/draw-sample.ts";
import { expectSame, moduleOf } from "./run-entry.ts";

const reals = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2.5,
  -7.25,
  1e-30,
  1e20,
  -1e20,
  88,
  -104,
  Infinity,
  -Infinity,
  NaN,
];
const wholes = [0, 1, -1, 2, -3, 7, 31, -32, 65536, 2147483647, -2147483648];

/** Every pair of the values, as two tensors. */
const pairs = (dtype: "f32" | "i32", values: readonly number[]): readonly Tensor[] => {
  const shape = [values.length ** 2];
  const left = values.flatMap((a) => values.map(() => a));
  const right = values.flatMap(() => values);
  return [
    tensor(dtype, shape, left.map(Math.fround)),
    tensor(dtype, shape, right.map(Math.fround)),
  ];
};

const checkOp = async (name: OpName, inputs: readonly Tensor[], attrs = {}): Promise<void> => {
  const b = createBuilder();
  const values = inputs.map(({ dtype, shape }, k) => b.input("%", `x${k}`, { dtype, shape }));
  const graph = b.finish(name, [], values, [b.op(name, values, attrs)]);
  await expectSame(moduleOf(graph), inputs, {}, 1e-6);
};

describe("real functions at their edges", () => {
  test.each<OpName>(["add", "sub", "mul", "div", "mod", "min", "max", "eq", "lt", "le", "pow"])(
    "%s of all pairs",
    async (name) => {
      await checkOp(name, pairs("f32", reals));
    },
  );
  test.each<OpName>(
    "neg abs floor exp expm1 log log1p sqrt sin cos atan erf tanh sigmoid".split(" ") as OpName[],
  )("%s", async (name) => {
    await checkOp(name, [tensor("f32", [reals.length], reals.map(Math.fround))]);
  });
  test.each(["i32", "bool"])("cast to %s", async (dtype) => {
    await checkOp("cast", [tensor("f32", [reals.length], reals.map(Math.fround))], { dtype });
  });
  test.each<OpName>(["reduceMax", "argMax", "reduceSum", "reduceProd"])(
    "%s of a NaN",
    async (name) => {
      const data = [1, NaN, 3, 4, 5, -Infinity, -Infinity, -Infinity, NaN, NaN, 2, 2];
      await checkOp(name, [tensor("f32", [4, 3], data)], { axes: [1] });
    },
  );
});

describe("whole numbers at their edges", () => {
  const exact = (values: readonly number[]): readonly Tensor[] => {
    const shape = [values.length ** 2];
    return [
      tensor(
        "i32",
        shape,
        values.flatMap((a) => values.map(() => a)),
      ),
      tensor(
        "i32",
        shape,
        values.flatMap(() => values),
      ),
    ];
  };
  test.each<OpName>(["add", "sub", "mul", "div", "mod", "min", "max", "eq", "lt", "le"])(
    "%s of all pairs wraps, floors and never divides by zero",
    async (name) => {
      await checkOp(name, exact(wholes));
    },
  );
  test.each<OpName>(["neg", "abs"])("%s", async (name) => {
    await checkOp(name, [tensor("i32", [wholes.length], wholes)]);
  });
  test("sums and products wrap", async () => {
    const data = [2147483647, 1, 65536, 65536, -2147483648, -1];
    for (const name of ["reduceSum", "reduceProd"] as const)
      await checkOp(name, [tensor("i32", [3, 2], data)], { axes: [1] });
  });
});

describe("products of ragged sizes", () => {
  const extents = [1, 2, 3, 4, 5, 7, 8, 9, 13];
  const specs = ["bd,dn->bn", "bd,nd->bn", "db,dn->bn", "bd,dn->nb"];
  const shapeOf = (letters: string, sizes: ReadonlyMap<string, number>) =>
    [...letters].map((letter) => sizes.get(letter)!);

  test.each(specs)("%s at every pair of sizes, the batch a symbol", async (spec) => {
    const [left, right] = spec.split("->")[0]!.split(",") as [string, string];
    const next = createStream(11);
    for (const n of extents) {
      const b = createBuilder();
      const at = (letters: string) =>
        [...letters].map((l) => (l === "b" ? symbol("B") : l === "n" ? n : 6));
      const x = b.input("%", "x", { dtype: "f32", shape: at(left) });
      const w = b.input("%", "w", { dtype: "f32", shape: at(right) });
      const product = b.op("contract", [x, w], { spec });
      const graph = b.finish(
        "product",
        [{ name: "B", max: null }],
        [x, w],
        [b.op("tanh", [product])],
      );
      for (const B of extents) {
        const sizes = new Map([
          ["b", B],
          ["n", n],
          ["d", 6],
        ]);
        const inputs = [left, right].map((letters) =>
          drawTensor({ shape: shapeOf(letters, sizes) }, next),
        );
        await expectSame(moduleOf(graph), inputs, { B }, 1e-5);
      }
    }
  });

  test("a batch of products of known ragged sizes", async () => {
    const next = createStream(12);
    for (const [m, k, n] of [
      [5, 3, 7],
      [4, 1, 9],
      [1, 8, 6],
      [13, 7, 1],
    ] as const) {
      const b = createBuilder();
      const shapes = [
        [3, m, k],
        [3, n, k],
      ];
      const [x, y] = shapes.map((shape, i) => b.input("%", `x${i}`, { dtype: "f32", shape }));
      const product = b.op("contract", [x!, y!], { spec: "btd,bud->btu" });
      const graph = b.finish("products", [], [x!, y!], [product]);
      await expectSame(
        moduleOf(graph),
        shapes.map((shape) => drawTensor({ shape }, next)),
        {},
        1e-5,
      );
    }
    expect.hasAssertions();
  });
});
