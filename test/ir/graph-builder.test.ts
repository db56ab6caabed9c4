import { expect, test } from "vitest";
import { createAssembler } from "../../compiler/ir/graph-builder.ts";
import { mul, symbol } from "../../compiler/ir/dim.ts";
import { elementCount, equalTypes, printType, scalarType } from "../../compiler/ir/type.ts";
import type { TensorType } from "../../compiler/ir/type.ts";
import type { Value } from "../../compiler/ir/graph.ts";

const B = symbol("B");
const row: TensorType = { dtype: "f32", shape: [B, 7] };

function one(values: readonly Value[]): Value {
  const [value] = values;
  if (value === undefined || values.length !== 1) throw new Error("expected one result");
  return value;
}

test("equal ops become one value, whatever the order of their attributes", () => {
  const g = createAssembler();
  const x = g.input("%", "x", row);
  const a = g.op("slice", [x], { start: [0], count: [B] }, [row], null);
  expect(g.op("slice", [x], { count: [B], start: [0] }, [row], null)).toBe(a);
  expect(g.op("slice", [x], { count: [B], start: [1] }, [row], null)).not.toBe(a);
  expect(g.op("slice", [one(a)], { count: [B], start: [0] }, [row], null)).not.toBe(a);
});

test("attributes of different kinds stay apart", () => {
  const g = createAssembler();
  const at = (value: string | number): Value => one(g.op("constant", [], { value }, [row], null));
  expect(at(0)).not.toBe(at(-0));
  expect(at("1")).not.toBe(at(1));
  expect(at(NaN)).toBe(at(NaN));
});

test("an input asked for twice is one value and has one type", () => {
  const g = createAssembler();
  const w = g.input("@", "Dense_0.W", row);
  expect(g.input("@", "Dense_0.W", { dtype: "f32", shape: [B, 7] })).toBe(w);
  expect(g.input("%", "Dense_0.W", row)).not.toBe(w);
  expect(() => g.input("@", "Dense_0.W", scalarType("f32"))).toThrow(
    "input @Dense_0.W is asked for as tensor<Bx7xf32> and tensor<f32>",
  );
});

test("naming a value keeps its identity, and the first name stays", () => {
  const g = createAssembler();
  const h = one(g.op("exp", [g.input("%", "x", row)], {}, [row], null));
  g.rename(h, "h");
  g.rename(h, "other");
  expect(h.hint).toBe("h");
  expect(g.finish("f", [], [], [h]).outputs[0]).toBe(h);
});

test("a finished graph holds what its outputs need, in order", () => {
  const g = createAssembler();
  const x = g.input("%", "x", row);
  const a = one(g.op("exp", [x], {}, [row], null));
  g.op("log", [x], {}, [row], null);
  const [top, at] = g.op("topK", [a], { k: 3 }, [row, { dtype: "i32", shape: [B, 3] }], null);
  if (top === undefined || at === undefined) throw new Error("topK has two results");
  const graph = g.finish("forward", [{ name: "B", max: null }], [x], [at]);
  expect(graph.ops.map((op) => op.name)).toEqual(["exp", "topK"]);
  expect(graph.outputs).toEqual([at]);
});

test("deep graphs finish", () => {
  const g = createAssembler();
  let value = g.input("%", "x", row);
  for (let i = 0; i < 20_000; i++) value = one(g.op("neg", [value], {}, [row], null));
  expect(g.finish("deep", [], [], [value]).ops).toHaveLength(20_000);
});

test("values of another graph are refused", () => {
  const x = createAssembler().input("%", "x", row);
  expect(() => createAssembler().op("exp", [x], {}, [row], null)).toThrow("another graph");
});

test("types print with their sizes", () => {
  expect(printType(row)).toBe("tensor<Bx7xf32>");
  expect(printType(scalarType("bool"))).toBe("tensor<bool>");
  expect(printType({ dtype: "i32", shape: [mul(2, B), symbol("ctx"), 3] })).toBe(
    "tensor<(2*B)x(ctx)x3xi32>",
  );
  expect(elementCount({ dtype: "f32", shape: [3, 5, 7] })).toBe(105);
  expect(equalTypes(row, { dtype: "f32", shape: [symbol("B"), 7] })).toBe(true);
  expect(equalTypes(row, { dtype: "f32", shape: [7, symbol("B")] })).toBe(false);
});
