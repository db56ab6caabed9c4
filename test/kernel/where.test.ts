// Reductions over the elements for which a guard holds.

import { describe, expect, test } from "vitest";
import { emitKernel } from "../../compiler/backends/typescript/emit-kernel.ts";
import { rangeOf } from "../../compiler/kernel/affine.ts";
import { axis, bool, call, int, num, over, reduce, store } from "../../compiler/kernel/build.ts";
import { interpretExpr, interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { printExpr, printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { createKernelKey } from "../../compiler/lower/kernel-key.ts";
import { createRebuild } from "../../compiler/lower/rebuild.ts";
import { compareEmitted, loadEmitted } from "./emitted.ts";
import { wave } from "./wave.ts";

const numbers = (...values: readonly number[]) => tensor("f32", [values.length], values);

const causal = `kernel @causal(w: f32[7, 7], v: f32[7, 5]) -> out: f32[7, 5] {
  for t in 0..7, d in 0..5 spatial
    out[t, d] = reduce add u in 0..7 where le(u, t) (mul(w[t, u], v[u, d]))
}
`;

const diagonals = `kernel @diagonals(x: f32[5], ok: bool[5]) -> sum: f32[5], last: f32[5], at: i32[5], none: f32[] {
  for t in 0..5 spatial {
    let here = ok[t]
    sum[t] = reduce add u in 0..5 where lt(add(t, u), 5) (x[add(t, u)])
    last[t] = reduce max u in 0..5 where here (x[u])
    at[t] = reduce argmax u in 0..5 where and(here, ok[u]) (x[u])
  }
  none[] = reduce mul u in 0..5 where false (x[u])
}
`;

const inputs = new Map([
  ["w", wave(7, 7)],
  ["v", wave(7, 5)],
  ["x", numbers(3, 5, 1, 7, 2)],
  ["ok", tensor("bool", [5], [1, 1, 1, 0, 1])],
]);

describe("guards of reductions", () => {
  test.each([
    ["what came before", causal],
    ["diagonals, which no other load may leave", diagonals],
  ])("%s", async (_, text) => {
    const kernel = parseKernel(text);
    verifyKernel(kernel);
    expect(printKernel(kernel)).toBe(text);
    const [run] = await loadEmitted([kernel]);
    compareEmitted(run!, kernel, inputs, new Map());
  });

  test("what a guard leaves out is no element", () => {
    const results = interpretKernel(parseKernel(diagonals), inputs, new Map());
    expect([...results.get("sum")!.data]).toEqual([18, 15, 10, 9, 2]);
    expect([...results.get("last")!.data]).toEqual([7, 7, 7, -Infinity, 7]);
    expect([...results.get("at")!.data]).toEqual([1, 1, 1, 0, 1]);
    expect(results.get("none")!.data[0]).toBe(1);
  });

  test("lanes of one step share their guard", () => {
    const lines = emitKernel(parseKernel(causal)).lines.filter((line) => /^(for|if) \(/.test(line));
    // Four columns with one guard, then the one that is left with its own.
    expect(lines.map((line) => line.replace(/;.*/, ""))).toEqual([
      "for (let t = 0",
      "for (let u = 0",
      "if (is0) {",
      "for (let u = 0",
      "if (u <= t) {",
    ]);
  });

  test("reductions with one guard share a loop, others do not", () => {
    const loops = (other: string): number =>
      emitKernel(
        parseKernel(`kernel @k(x: f32[5, 5]) -> a: f32[5], b: f32[5] {
  for t in 0..5 spatial {
    a[t] = reduce add u in 0..5 where le(u, t) (x[t, u])
    b[t] = reduce max u in 0..5${other} (x[t, u])
  }
}`),
      ).lines.filter((line) => line.startsWith("for (")).length;
    expect(loops(" where le(u, t)")).toBe(2);
    expect(loops(" where lt(u, t)")).toBe(3);
    expect(loops("")).toBe(3);
  });

  test("a guard that is known goes", () => {
    const guarded = reduce("add", [over("u", 3)], num(2), call("lt", axis("u"), axis("n")));
    const known = (value: boolean) =>
      createRebuild((e) => (e.kind === "call" && e.fn === "lt" ? bool(value) : null))(guarded);
    expect(printExpr(known(true))).toBe("reduce add u in 0..3 (2.0)");
    expect(interpretExpr(known(false))).toBe(0);
  });

  test.each([
    ["add", 0],
    ["mul", 1],
    ["max", -Infinity],
    ["min", Infinity],
  ] as const)("without axes %s is its element or %d", (op, neutral) => {
    const value = (where: boolean): number =>
      interpretExpr(reduce(op, [], num(7), call("lt", int(0), int(where ? 1 : 0))));
    expect([value(true), value(false)]).toEqual([7, neutral]);
  });

  test("nothing is known of the largest where there may be none", () => {
    const guarded = reduce("max", [over("u", 5)], axis("u"), call("lt", axis("u"), axis("t")));
    expect(rangeOf(guarded, new Map([["t", 5]]))).toBeNull();
  });

  test("kernels with other guards have other keys", () => {
    const keyOf = createKernelKey();
    const key = (where: string): string =>
      keyOf(
        parseKernel(
          `kernel @k() -> out: f32[3] {\n  for t in 0..3 spatial out[t] = reduce add u in 0..3${where} (1.0)\n}`,
        ),
      );
    expect(new Set([key(""), key(" where le(u, t)"), key(" where lt(u, t)")]).size).toBe(3);
  });

  test.each([
    [call("add", axis("u"), int(1)), "add(u, 1) is i32, expected bool"],
    [call("lt", axis("v"), int(1)), "axis v is not in scope"],
  ])("a guard %# is refused", (where, message) => {
    const kernel = {
      name: "k",
      params: [],
      results: [{ name: "out", dtype: "f32" as const, shape: [] }],
      sizes: [],
      body: [store("out", [], reduce("add", [over("u", 3)], num(1), where))],
      span: null,
    };
    expect(() => verifyKernel(kernel)).toThrow(message);
  });
});
