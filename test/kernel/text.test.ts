import { describe, expect, test } from "vitest";
import { add, mul, symbol } from "../../compiler/ir/dim.ts";
import type { DType } from "../../compiler/ir/type.ts";
import {
  axis,
  bool,
  call,
  cast,
  ifStmt,
  int,
  letStmt,
  load,
  local,
  loop,
  num,
  over,
  reduce,
  select,
  size,
  store,
} from "../../compiler/kernel/build.ts";
import type { Expr } from "../../compiler/kernel/expr.ts";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel, parseKernels } from "../../compiler/kernel/kernel-parse.ts";
import type { BufferDecl, Kernel, Stmt } from "../../compiler/kernel/kernel.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { createRandom, type Random } from "../ir/random.ts";

const matmul = `kernel @matmul(a: f32[2, 3], b: f32[3, 5]) -> out: f32[2, 5] {
  for i in 0..2, j in 0..5 spatial
    for r0 in 0..3 reduce
      out[i, j] add= mul(a[i, r0], b[r0, j])
}
`;

const crossEntropy = `kernel @crossEntropy(z: f32[B, 10], label: i32[B]) -> loss: f32[B], dz: f32[B, 10] sizes(B) {
  for b in 0..B spatial {
    let m = reduce max j in 0..10 (z[b, j])
    let s = reduce add j in 0..10 (exp(sub(z[b, j], m)))
    let lse = add(m, log(s))
    let ok = and(le(0, label[b]), lt(label[b], 10))
    loss[b] = select(ok, sub(lse, z[b, label[b]]), 0.0)
    for j in 0..10 spatial
      dz[b, j] = select(ok, div(sub(exp(sub(z[b, j], lse)), select(eq(j, label[b]), 1.0, 0.0)), f32(B)), 0.0)
  }
}
`;

describe("printing and parsing kernels", () => {
  test.each([
    ["a product", matmul],
    ["softmax with cross-entropy", crossEntropy],
    [
      "guards, sizes and every kind of number",
      `kernel @odd(x.y: i32[]) -> out: f32[(2*T+1), 3], n: bool[] sizes(T) {
  n[] = true
  for t in 0..(2*T+1) sequential
    if lt(t, size(2*T)) {
      out[t, 0] = -inf
      out[t, 1] = 1e-7
      out[t, 2] max= f32(add(mul(t, -3), x.y[]))
    }
}
`.replace("(2*T+1), 3", "2*T+1, 3"),
    ],
  ])("%s reads back as it was", (_, text) => {
    const kernel = parseKernel(text);
    verifyKernel(kernel);
    expect(printKernel(kernel)).toBe(text);
  });

  test("a parsed kernel computes", () => {
    const buffers = new Map([
      [
        "z",
        tensor(
          "f32",
          [2, 10],
          Array.from({ length: 20 }, (_, n) => Math.sin(n)),
        ),
      ],
      ["label", tensor("i32", [2], [3, -1])],
    ]);
    const results = interpretKernel(parseKernel(crossEntropy), buffers, new Map([["B", 2]]));
    const row = Array.from({ length: 10 }, (_, n) => Math.sin(n));
    const total = row.reduce((s, v) => s + Math.exp(v), 0);
    expect(results.get("loss")?.data[0]).toBeCloseTo(Math.log(total) - Math.sin(3), 14);
    expect(results.get("loss")?.data[1]).toBe(0);
    expect(results.get("dz")?.data[3]).toBeCloseTo((Math.exp(Math.sin(3)) / total - 1) / 2, 14);
  });

  test("random kernels print and parse to what they were", () => {
    const random = createRandom(7);
    for (let n = 0; n < 400; n++) {
      const kernel = randomKernel(random);
      const text = printKernel(kernel);
      verifyKernel(kernel);
      expect(parseKernel(text), text).toEqual(kernel);
      expect(printKernel(parseKernel(text))).toBe(text);
    }
  });

  test("several kernels stand one after the other", () => {
    expect(parseKernels(`// two\n${matmul}\n${crossEntropy}`).map((k) => k.name)).toEqual([
      "matmul",
      "crossEntropy",
    ]);
  });
});

describe("bad text", () => {
  test.each([
    ["out[i] = 1.0", "i is not an axis, let or size"],
    ["for i in 0..3 spatial out[i] = sine(1.0)", "sine is not a function"],
    ["for i in 0..3 spatial out[i] = b[i]", "b is not a buffer"],
    ["for i in 0..3 out[i] = 1.0", "expected spatial, unroll, reduce or sequential"],
    ["out[0] = reduce sum r in 0..3 (1.0)", "expected add, mul, max, min or argmax"],
    ["out[0] = 1.0", "found the end"],
  ])("%s", (body, message) => {
    const close = message.includes("the end") ? "" : "\n}";
    expect(() => parseKernel(`kernel @k() -> out: f32[3] {\n  ${body}${close}`)).toThrow(message);
  });
});

describe("the rules of kernels", () => {
  const out: BufferDecl = { name: "out", dtype: "f32", shape: [3] };
  const index: BufferDecl = { name: "at", dtype: "i32", shape: [] };
  const i = axis("i");
  const body = (value: Expr): readonly Stmt[] => [loop("i", 3, [store("out", [i], value)])];
  const kernel = (stmts: readonly Stmt[], more: Partial<Kernel> = {}): Kernel => ({
    name: "k",
    params: [index],
    results: [out],
    sizes: ["B"],
    body: stmts,
    span: null,
    ...more,
  });

  test("a right kernel passes, and siblings may share names", () => {
    const total = (): Expr => reduce("add", [over("r", 3)], num(1));
    verifyKernel(kernel([...body(call("add", total(), total())), ...body(num(0))]));
  });

  test.each<[string, Kernel, string]>([
    [
      "an axis inside itself",
      kernel([loop("i", 3, body(num(1)))]),
      "i is declared inside the scope of another i",
    ],
    ["an axis called like a size", kernel([loop("B", 3, [])]), "another B"],
    ["an axis out of scope", kernel([store("out", [i], num(0))]), "axis i is not in scope"],
    ["a let out of scope", kernel(body(local("v", "f32"))), "let v is not in scope"],
    [
      "a let of another dtype",
      kernel([letStmt("v", int(1)), ...body(local("v", "f32"))]),
      "v is f32, expected i32",
    ],
    ["a store to a param", kernel([store("at", [], int(0))]), "at is not a result"],
    ["a store of another dtype", kernel(body(int(0))), "0 is i32, expected f32"],
    ["a wrong rank", kernel([store("out", [], num(0))]), "out has rank 1, indexed with 0"],
    ["a real index", kernel([store("out", [num(0)], num(0))]), "0.0 is f32, expected i32"],
    ["mixed dtypes", kernel(body(call("add", num(0), i))), "i is i32, expected f32"],
    [
      "arithmetic on bools",
      kernel(body(cast("f32", call("add", bool(true), bool(true))))),
      "computes with bools",
    ],
    ["exp of an int", kernel(body(call("exp", i))), "i is i32, expected f32"],
    ["a missing argument", kernel(body(call("add", num(0)))), "add takes 2 arguments, got 1"],
    ["an undeclared size", kernel(body(cast("f32", size(symbol("T"))))), "size T is not declared"],
    [
      "an undeclared buffer",
      kernel(body(load({ name: "q", dtype: "f32" }, []))),
      "q is not a buffer",
    ],
    ["a condition that is no bool", kernel([ifStmt(int(1), [])]), "1 is i32, expected bool"],
    ["two buffers of one name", kernel([], { params: [index, index] }), "at is declared twice"],
    ["a keyword as name", kernel([loop("reduce", 3, [])]), "reduce cannot be a name"],
    ["half an int", kernel([letStmt("h", num(0.5, "i32"))]), "0.5 is not of i32"],
    ["no result", kernel([], { results: [] }), "it has no result"],
  ])("%s is refused", (_, broken, message) => {
    expect(() => verifyKernel(broken, "lower")).toThrow(message);
    expect(() => verifyKernel(broken, "lower")).toThrow("kernel @k after lower: ");
  });
});

const buffers: readonly BufferDecl[] = [
  { name: "a", dtype: "f32", shape: [symbol("B"), 3] },
  { name: "b", dtype: "i32", shape: [] },
  { name: "c", dtype: "bool", shape: [add(mul(2, symbol("T")), 1)] },
];

function randomKernel(random: Random): Kernel {
  let names = 0;
  type Scope = readonly Expr[];

  const expr = (dtype: DType, depth: number, scope: Scope): Expr => {
    if (depth === 0 || random.below(5) === 0) return leaf(dtype, scope);
    const again = (d: DType): Expr => expr(d, depth - 1, scope);
    switch (random.below(6)) {
      case 0:
        return select(again("bool"), again(dtype), again(dtype));
      case 1: {
        const name = `r${names++}`;
        const axes = [over(name, random.below(2) === 0 ? symbol("T") : mul(3, symbol("B")))];
        return reduce("max", axes, expr(dtype, depth - 1, [...scope, axis(name)]));
      }
      case 2: {
        const from = dtype === "f32" ? "i32" : "f32";
        return cast(dtype, again(from));
      }
      case 3: {
        const buffer = buffers.find((b) => b.dtype === dtype);
        if (buffer === undefined) return leaf(dtype, scope);
        return load(
          buffer,
          buffer.shape.map(() => again("i32")),
        );
      }
      default:
        if (dtype === "bool") return call("lt", again("f32"), again("f32"));
        return call(dtype === "f32" ? "pow" : "mod", again(dtype), again(dtype));
    }
  };
  const leaf = (dtype: DType, scope: Scope): Expr => {
    const known = scope.filter((e) => e.dtype === dtype);
    const found = known[random.below(known.length + 1)];
    if (found !== undefined) return found;
    if (dtype === "bool") return bool(random.below(2) === 0);
    if (dtype === "i32")
      return random.below(3) === 0 ? size(add(symbol("T"), 2)) : int(random.below(9) - 4);
    return num([0, -0, 1, -2.5, 1e-9, 1e300, -Infinity, Infinity, NaN][random.below(9)] ?? 0);
  };
  const block = (depth: number, outer: Scope): readonly Stmt[] => {
    let scope = outer;
    return Array.from({ length: 1 + random.below(3) }, (): Stmt => {
      const kind = random.below(depth === 0 ? 2 : 4);
      if (kind === 0) {
        const name = `v${names++}`;
        const value = expr((["f32", "i32", "bool"] as const)[random.below(3)] ?? "f32", 2, scope);
        scope = [...scope, local(name, value.dtype)];
        return letStmt(name, value);
      }
      if (kind === 1) {
        const accumulate = ([null, "add", "min"] as const)[random.below(3)] ?? null;
        return store("out", [expr("i32", 1, scope)], expr("f32", 3, scope), accumulate);
      }
      if (kind === 2) return ifStmt(expr("bool", 2, scope), block(depth - 1, scope));
      const name = `i${names++}`;
      const role = (["spatial", "reduce", "sequential"] as const)[random.below(3)] ?? "spatial";
      return loop(name, 7, block(depth - 1, [...scope, axis(name)]), role);
    });
  };
  const results: readonly BufferDecl[] = [{ name: "out", dtype: "f32", shape: [7] }];
  return {
    name: "random",
    params: buffers,
    results,
    sizes: ["B", "T"],
    body: block(3, []),
    span: null,
  };
}
