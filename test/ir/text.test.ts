import { describe, expect, test } from "vitest";
import { floorDiv, mul, symbol } from "../../compiler/ir/dim.ts";
import type { Dim } from "../../compiler/ir/dim.ts";
import { createAssembler } from "../../compiler/ir/graph-builder.ts";
import { parseGraph, parseGraphs, parseType } from "../../compiler/ir/graph-parse.ts";
import type { Attr, Graph, Value } from "../../compiler/ir/graph.ts";
import { printGraph } from "../../compiler/ir/text.ts";
import { printType } from "../../compiler/ir/type.ts";
import type { DType, TensorType } from "../../compiler/ir/type.ts";
import { verifyGraph } from "../../compiler/ir/verify.ts";
import { createRandom, randomDim, type Random } from "./random.ts";

const small = `graph @forward(%x: tensor<Bx784xf32>, @Dense_0.W: tensor<784x64xf32>, @net.W:m: tensor<f32>) sizes(B <= 64, T) {
  %h = contract(%x, @Dense_0.W) {spec="bd,dn->bn"} : tensor<Bx64xf32>
  %0, %at = topK(%h) {k=3} : tensor<Bx3xf32>, tensor<Bx3xi32>
  %1 = pad(%0) {lo=[0, 2], hi=[0, 2], value=-inf, shape=[B, 2*T+1], flip=true} : tensor<Bx7xf32>
  %2 = constant() {value=0.0001, nested=[[1, -2], []], eps=1e-7, zero=-0} : tensor<f32>
  %y_1 = add(%1, %1) : tensor<Bx7xf32>
  %y = max(%y_1, %1) : tensor<Bx7xf32>
  return %y, %at, %x
}
`;

describe("printing and parsing graphs", () => {
  test("a graph reads back as it was", () => {
    const graph = parseGraph(small);
    verifyGraph(graph);
    expect(printGraph(graph)).toBe(small);
    expect(graph.ops[2]?.attrs["value"]).toBe(-Infinity);
    expect(graph.ops[3]?.attrs["eps"]).toBe(1e-7);
    expect(graph.ops[4]?.operands[0]).toBe(graph.ops[2]?.results[0]);
  });

  test("random graphs print, parse and print the same", () => {
    const random = createRandom(6);
    for (let n = 0; n < 300; n++) {
      const graph = randomGraph(random);
      const text = printGraph(graph);
      verifyGraph(graph);
      const again = parseGraph(text);
      verifyGraph(again);
      expect(printGraph(again)).toBe(text);
      expect(again.ops.map((op) => op.attrs)).toEqual(graph.ops.map((op) => op.attrs));
    }
  });

  test("names are made unique and unprintable letters replaced", () => {
    const g = createAssembler();
    const x = g.input("%", "h", { dtype: "f32", shape: [3] });
    let value = x;
    for (const hint of ["h", "h", "h_1", "a b", "7"]) {
      value = g.op("neg", [value], {}, [x.type], null)[0] ?? x;
      g.rename(value, hint);
    }
    const lines = printGraph(g.finish("f", [], [x], [value])).split("\n");
    expect(lines.slice(1, -2).map((line) => line.trim().split(" ")[0])).toEqual([
      "%h_1",
      "%h_2",
      "%h_1_1",
      "%a_b",
      "%_7",
      "return",
    ]);
  });

  test("several graphs stand one after the other, with comments between", () => {
    const graphs = parseGraphs(`// first\n${small}\n// second\n${small.replace("@forward", "@g")}`);
    expect(graphs.map((g) => g.name)).toEqual(["forward", "g"]);
  });

  test.each([
    "tensor<f32>",
    "tensor<Bx1x3xi32>",
    "tensor<(2*B+1)x(ctx)xbool>",
    "tensor<(floor((T+1)/2))x5xf32>",
  ])("%s reads back", (text) => {
    expect(printType(parseType(text))).toBe(text);
  });
});

describe("bad text", () => {
  test.each([
    ["graph f() {", '1:7: expected "@", found "f() {"'],
    ["graph @f(%x: tensor<3>) {", '1:22: expected "x", found ">) {"'],
    [
      "graph @f(%x: tensor<Bx?xf32>) {",
      '1:23: expected a size or an element type, found "?xf32>) {"',
    ],
    ["graph @f() {\n  %0 = neg(%a) : tensor<f32>", "2:14: %a is not defined above"],
    ["graph @f(%a: tensor<f32>, %a: tensor<f32>)", "%a is defined twice"],
    ["graph @f() {\n  return\n}\n}", "expected the end after the graph"],
    ["graph @f() {\n  %0 = neg() {k=}", 'expected a size, found "}"'],
    ["graph @f() {\n  %0 = neg() {k=B B} : tensor<f32>", 'expected "}", found "B} : tensor<f32>"'],
    [
      "graph @f() {\n  %0 = neg() {k=1} : tensor<f32>",
      "expected a value such as %h, or return, found the end",
    ],
  ])("%j says what is wrong", (text, message) => {
    expect(() => parseGraph(text)).toThrow(SyntaxError);
    expect(() => parseGraph(text)).toThrow(message);
  });
});

describe("the structure of graphs", () => {
  const type: TensorType = { dtype: "f32", shape: [symbol("B")] };
  const good = parseGraph(`graph @f(%x: tensor<Bxf32>) sizes(B) {
    %a = neg(%x) : tensor<Bxf32>
    %b = exp(%a) : tensor<Bxf32>
    return %b
  }`);
  const [first, second] = good.ops;
  if (first === undefined || second === undefined) throw new Error("two ops were written");

  test.each<[string, Graph, string]>([
    [
      "an op before its operand",
      { ...good, ops: [second, first] },
      "exp uses %a before it is defined",
    ],
    ["an op twice", { ...good, ops: [first, first, second] }, "an op stands there twice"],
    ["an output without an op", { ...good, ops: [first] }, "output value 2 is not defined"],
    ["an undeclared size", { ...good, sizes: [] }, "%x: tensor<Bxf32> has no size B"],
    ["a size twice", { ...good, sizes: [...good.sizes, ...good.sizes] }, "two sizes have one name"],
    ["a copied op", { ...good, ops: [first, { ...second }] }, "does not know that exp defines it"],
    ["a result as input", { ...good, inputs: first.results }, "is the result of an op"],
    [
      "a negative axis",
      { ...good, inputs: [input("x", { dtype: "f32", shape: [3, -1] })], ops: [], outputs: [] },
      "%x: tensor<3x(-1)xf32> has a size below 0",
    ],
    [
      "an input with a space",
      { ...good, inputs: [input("a b", type)], ops: [], outputs: [] },
      "%a b cannot be a name",
    ],
    [
      "two inputs of one name",
      { ...good, inputs: [input("a", type), input("a", type)], ops: [], outputs: [] },
      "two inputs are called %a",
    ],
  ])("%s is refused", (_, graph, message) => {
    verifyGraph(good);
    expect(() => verifyGraph(graph, "fold")).toThrow(message);
    expect(() => verifyGraph(graph, "fold")).toThrow("graph @f after fold: ");
  });
});

function input(name: string, type: TensorType): Value {
  return { id: 0, type, hint: null, def: { kind: "input", sigil: "%", name } };
}

const dtypes: readonly DType[] = ["f32", "i32", "bool"];
const hints = [null, "h", "x", "h_1", "net.out", "loss", "λ"];

function randomGraph(random: Random): Graph {
  const g = createAssembler();
  const pick = <T>(list: readonly T[], otherwise: T): T =>
    list[random.below(list.length)] ?? otherwise;
  const values: Value[] = [g.input("%", "x", randomType(random))];
  for (let i = random.below(3); i > 0; i--) {
    values.push(g.input("@", `Dense_${i}.W:m`, randomType(random)));
  }
  const inputs = [...values];
  for (let i = random.below(12); i > 0; i--) {
    const operands = Array.from({ length: random.below(4) }, () => pick(values, inputs[0]!));
    const attrs = Object.fromEntries(
      Array.from({ length: random.below(4) }, (_, k) => [`a${k}`, randomAttr(random, 2)]),
    );
    const types = Array.from({ length: 1 + random.below(2) }, () => randomType(random));
    const results = g.op(pick(["neg", "topK"], "neg"), operands, attrs, types, null);
    for (const result of results) {
      const hint = pick<string | null>(hints, null);
      if (hint !== null) g.rename(result, hint);
    }
    values.push(...results);
  }
  const outputs = values.filter(() => random.below(2) === 0);
  const sizes = ["B", "T", "H"].map((name, i) => ({ name, max: i === 0 ? 64 : null }));
  return g.finish("random", sizes, inputs, outputs);
}

function randomType(random: Random): TensorType {
  const shape = Array.from({ length: random.below(4) }, (): Dim => {
    const kind = random.below(4);
    if (kind === 0) return mul(2, floorDiv(symbol("T"), 3));
    return kind === 1 ? symbol("B") : 1 + random.below(9);
  });
  return { dtype: dtypes[random.below(3)] ?? "f32", shape };
}

function randomAttr(random: Random, depth: number): Attr {
  switch (random.below(depth === 0 ? 5 : 6)) {
    case 0:
      return (random.unit() - 0.5) * 10 ** (random.below(40) - 20);
    case 1:
      return [-Infinity, Infinity, NaN, -0, 0, 1e300][random.below(6)] ?? 0;
    case 2:
      return ["bd,dn->bn", 'a "quoted" \\ text\n', "", "true"][random.below(4)] ?? "";
    case 3:
      return random.below(2) === 0;
    case 4:
      return randomDim(random, 2).dim;
    default:
      return Array.from({ length: random.below(4) }, () => randomAttr(random, depth - 1));
  }
}
