import { expect, test } from "vitest";
import { CompilerBug } from "../../grammar/bug.ts";
import { symbol } from "../../compiler/ir/dim.ts";
import type { Dim } from "../../compiler/ir/dim.ts";
import {
  addI,
  axis,
  call,
  cast,
  ifStmt,
  int,
  letStmt,
  load,
  local,
  loop,
  loops,
  ltI,
  mulI,
  num,
  over,
  reduce,
  select,
  size,
  store,
} from "../../compiler/kernel/build.ts";
import { interpretExpr, interpretKernel } from "../../compiler/kernel/interpret.ts";
import type { BufferDecl, Kernel, Stmt } from "../../compiler/kernel/kernel.ts";
import { filled, tensor } from "../../compiler/kernel/tensor.ts";
import { normalAt, uniformAt } from "../../runtime/random.ts";

const decl = (
  name: string,
  shape: readonly Dim[],
  dtype: BufferDecl["dtype"] = "f32",
): BufferDecl => ({
  name,
  dtype,
  shape,
});

function kernel(params: BufferDecl[], results: BufferDecl[], body: readonly Stmt[]): Kernel {
  return { name: "k", params, results, sizes: ["B"], body, span: null };
}

const a = decl("a", [symbol("B"), 3]);
const b = decl("b", [3, 5]);
const out = decl("out", [symbol("B"), 5]);
const [i, j, r] = [axis("i"), axis("j"), axis("r")];
const product = call("mul", load(a, [i, r]), load(b, [r, j]));

const inputs = new Map([
  ["a", tensor("f32", [2, 3], [1, 2, 3, 4, 5, 6])],
  [
    "b",
    tensor(
      "f32",
      [3, 5],
      Array.from({ length: 15 }, (_, n) => n - 7),
    ),
  ],
]);
const expected = [-2, 4, 10, 16, 22, -20, -5, 10, 25, 40];
const sizes = new Map([["B", 2]]);

test("a product with an accumulating store starts from zero", () => {
  const body = loops(
    [over("i", symbol("B")), over("r", 3), over("j", 5)],
    [store("out", [i, j], product, "add")],
  );
  const result = interpretKernel(kernel([a, b], [out], body), inputs, sizes).get("out");
  expect([...(result?.data ?? [])]).toEqual(expected);
  expect(result?.shape).toEqual([2, 5]);
});

test("a product with a reduce gives the same numbers", () => {
  const value = reduce("add", [over("r", 3)], product);
  const body = [loop("i", symbol("B"), [loop("j", 5, [store("out", [i, j], value)])])];
  const result = interpretKernel(kernel([a, b], [out], body), inputs, sizes).get("out");
  expect([...(result?.data ?? [])]).toEqual(expected);
});

test("results given are written in place", () => {
  const given = tensor("f32", [2, 5], new Array(10).fill(100));
  const value = reduce("add", [over("r", 3)], product);
  const body = [loop("i", symbol("B"), [loop("j", 5, [store("out", [i, j], value, "add")])])];
  interpretKernel(kernel([a, b], [out], body), new Map([...inputs, ["out", given]]), sizes);
  expect([...given.data]).toEqual(expected.map((v) => v + 100));
});

test("an element that nothing writes is NaN", () => {
  const body = [loop("i", symbol("B"), [store("out", [i, int(0)], num(1))])];
  const result = interpretKernel(kernel([], [out], body), new Map(), sizes).get("out");
  expect(result?.data.filter((v) => Number.isNaN(v))).toHaveLength(8);
});

test("lets, conditions and loads of a result in a sequential loop: a running sum", () => {
  const x = decl("x", [7]);
  const y = decl("y", [7]);
  const before = select(ltI(int(0), i), load(y, [addI(i, int(-1))]), num(0));
  const body = [
    loop(
      "i",
      7,
      [
        letStmt("s", call("add", before, load(x, [i]))),
        ifStmt(call("le", i, int(6)), [store("y", [i], local("s", "f32"))]),
      ],
      "sequential",
    ),
  ];
  const data = [3, 1, 4, 1, 5, 9, 2];
  const result = interpretKernel(
    kernel([x], [y], body),
    new Map([["x", tensor("f32", [7], data)]]),
    new Map(),
  );
  expect([...(result.get("y")?.data ?? [])]).toEqual([3, 4, 8, 9, 14, 23, 25]);
});

test("select evaluates only the side it takes, so it can guard a load", () => {
  const x = decl("x", [3]);
  const guarded = select(ltI(i, int(3)), load(x, [i]), num(0));
  const total = reduce("add", [over("i", 5)], guarded);
  const buffers = new Map([["x", tensor("f32", [3], [1, 2, 4])]]);
  expect(interpretExpr(total, { buffers })).toBe(7);
});

test.each([3, -1])("a load at %d of 3 is a bug that names the kernel", (at) => {
  const x = decl("x", [3]);
  const k = kernel([x], [decl("y", [])], [store("y", [], load(x, [int(at)]))]);
  const run = (): unknown => interpretKernel(k, new Map([["x", filled("f32", [3], 0)]]), sizes);
  expect(run).toThrow(CompilerBug);
  expect(run).toThrow(`kernel k: index ${at} is outside x[3]`);
});

test("a store outside its buffer is a bug", () => {
  const k = kernel([], [decl("y", [2, 3])], [store("y", [int(1), int(3)], num(0))]);
  expect(() => interpretKernel(k, new Map(), sizes)).toThrow("index 3 is outside y[2, 3]");
});

test("a missing or misshapen buffer is a bug", () => {
  const k = kernel([a], [], []);
  expect(() => interpretKernel(k, new Map(), sizes)).toThrow("kernel k: no buffer for a");
  const wrong = new Map([["a", filled("f32", [3, 2], 0)]]);
  expect(() => interpretKernel(k, wrong, sizes)).toThrow("a is f32[2, 3], got f32[3, 2]");
});

test("argmax takes the first maximum, row-major, and NaN as the greatest", () => {
  const x = decl("x", [2, 3]);
  const at = reduce("argmax", [over("i", 2), over("j", 3)], load(x, [i, j]));
  const run = (...data: number[]): number =>
    interpretExpr(at, { buffers: new Map([["x", tensor("f32", [2, 3], data)]]) });
  expect(run(1, 5, 2, 5, 3, 0)).toBe(1);
  expect(run(1, 2, 3, 4, NaN, NaN)).toBe(4);
  expect(run(-Infinity, -Infinity, -Infinity, -Infinity, -Infinity, -Infinity)).toBe(0);
});

test("reductions inside reductions keep their own totals", () => {
  const inner = reduce("mul", [over("j", 3)], cast("f32", addI(i, int(1))));
  const outer = reduce("add", [over("i", 4)], inner);
  expect(interpretExpr(outer)).toBe(1 + 8 + 27 + 64);
  const product2 = mulI(reduce("max", [over("i", 4)], i), size(symbol("B")));
  expect(interpretExpr(product2, { sizes })).toBe(6);
});

test("draws are those of the runtime", () => {
  const key = [int(12345), int(-678), int(9)];
  expect(interpretExpr(call("uniform", ...key, int(7)))).toBe(uniformAt(12345, -678, 9, 7));
  expect(interpretExpr(call("normal", ...key, int(4)))).toBe(normalAt(12345, -678, 9, 4));
});
