import { describe, expect, test } from "vitest";
import { symbol } from "../../compiler/ir/dim.ts";
import { printGraph } from "../../compiler/ir/text.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { createBuilder } from "../../compiler/ops/builder.ts";
import { broadcastTo, positionsOver, reduceMean, reduceMin } from "../../compiler/ops/compose.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { kernelOf } from "../../compiler/ops/to-kernel.ts";

const real = (...shape: readonly (number | ReturnType<typeof symbol>)[]) =>
  ({ dtype: "f32", shape }) as const;

describe("createBuilder", () => {
  test("makes equal ops once", () => {
    const b = createBuilder();
    const x = b.input("%", "x", real(3, 5));
    expect(b.op("exp", [x])).toBe(b.op("exp", [x]));
    expect(b.op("exp", [x])).not.toBe(b.op("log", [x]));
    expect(b.constant(0, x.type)).toBe(b.constant(0, x.type));
  });

  test("leaves out views that change nothing", () => {
    const b = createBuilder();
    const x = b.input("%", "x", real(3, 5));
    expect(b.op("reshape", [x], { shape: [3, 5] })).toBe(x);
    expect(b.op("transpose", [x], { perm: [0, 1] })).toBe(x);
    expect(b.op("cast", [x], { dtype: "f32" })).toBe(x);
    expect(b.op("reduceSum", [x], { axes: [] })).toBe(x);
    expect(b.op("transpose", [x], { perm: [1, 0] })).not.toBe(x);
  });

  test("refuses operands that the record does not take, with the span being compiled", () => {
    const b = createBuilder();
    const [x, y] = [b.input("%", "x", real(3, 5)), b.input("%", "y", real(5, 3))];
    b.at({ file: "a.dlm", start: 4, end: 9 });
    expect(() => b.op("add", [x, y])).toThrow(/add: add cannot take \(tensor<3x5xf32>/);
    expect(() => b.op("add", [x])).toThrow("add takes 2 operands, not 1");
    expect(() => b.op("contract", [x, y], { spec: "ab,cb->ac" })).toThrow(/cannot take/);
    expect(() => b.op("reshape", [x], { shape: [4, 4] })).toThrow(/cannot reshape/);
    expect(() => b.op("slice", [x], { start: [0, 3], count: [3, 3], step: [1, 1] })).toThrow(
      /slice leaves/,
    );
  });

  test("gives ops the span and keeps the first name", () => {
    const b = createBuilder();
    const x = b.input("%", "x", real(3));
    const span = { file: "a.dlm", start: 4, end: 9 };
    b.at(span);
    const y = b.name(b.op("exp", [x]), "y");
    b.name(y, "again");
    const graph = b.finish("f", [], [x], [y]);
    expect(graph.ops[0]!.span).toEqual(span);
    expect(printGraph(graph)).toBe(
      "graph @f(%x: tensor<3xf32>) {\n  %y = exp(%x) : tensor<3xf32>\n  return %y\n}\n",
    );
  });

  test("scaleCt multiplies inside the mask of a cotangent", () => {
    const b = createBuilder();
    const [ct, factor] = [b.input("%", "ct", real(3)), b.input("%", "f", real(3))];
    const on = b.input("%", "on", { dtype: "bool", shape: [3] });
    const masked = b.op("select", [on, ct, b.constant(0, ct.type)]);
    const graph = b.finish("f", [], [ct, factor, on], [b.scaleCt(masked, factor)]);
    const numbers = [
      tensor("f32", [3], [1, 2, 3]),
      tensor("f32", [3], [4, Infinity, 6]),
      tensor("bool", [3], [1, 0, 1]),
    ];
    expect([...interpretGraph(graph, numbers)[0]!.data]).toEqual([4, 0, 18]);
  });
});

describe("broadcasting", () => {
  const B = symbol("B");
  const x = tensor("f32", [3, 1], [1, 2, 3]);

  test("aligns to the right and repeats the literal 1", () => {
    const b = createBuilder();
    const value = b.input("%", "x", real(3, 1));
    const graph = b.finish(
      "f",
      [{ name: "B", max: null }],
      [value],
      [broadcastTo(b, value, [B, 3, 2])],
    );
    expect([...interpretGraph(graph, [x], new Map([["B", 2]]))[0]!.data]).toEqual([
      1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3,
    ]);
  });

  test("never repeats a symbol", () => {
    const b = createBuilder();
    const value = b.input("%", "x", real(B));
    expect(() => broadcastTo(b, value, [3])).toThrow(/cannot broadcast/);
  });

  test("means, minima and positions over axes", () => {
    const b = createBuilder();
    const value = b.input("%", "x", real(3, 5));
    const outputs = [
      reduceMean(b, value, [1]),
      reduceMin(b, value, [0, 1]),
      positionsOver(b, [2, 3], [0, 1]),
    ];
    const graph = b.finish("f", [], [value], outputs);
    const numbers = tensor(
      "f32",
      [3, 5],
      Array.from({ length: 15 }, (_, i) => i - 4),
    );
    const [mean, least, positions] = interpretGraph(graph, [numbers]);
    expect([...mean!.data]).toEqual([-2, 3, 8]);
    expect([...least!.data]).toEqual([-4]);
    expect([...positions!.data]).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("kernelOf", () => {
  test("loops over the result and names operands and sizes", () => {
    const B = symbol("B");
    const kernel = kernelOf("reduceSum", [real(B, 5)], { axes: [1] }, [real(B)]);
    expect(kernel.params.map(({ name }) => name)).toEqual(["a0"]);
    expect(kernel.results.map(({ name }) => name)).toEqual(["out0"]);
    expect(kernel.sizes).toEqual(["B"]);
  });

  test("refuses an op that a pass expands", () => {
    expect(() => kernelOf("grad", [real(), real(3)], {}, [real(3)])).toThrow(/no kernel/);
  });
});
