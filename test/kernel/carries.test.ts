// Numbers that a loop hands from round to round, and that are there after it.

import { describe, expect, test } from "vitest";
import { emitKernel } from "../../compiler/backends/typescript/emit-kernel.ts";
import {
  axis,
  call,
  carryLoop,
  int,
  local,
  loop,
  num,
  over,
  store,
} from "../../compiler/kernel/build.ts";
import { costOf } from "../../compiler/cli/inspect/kernel-cost.ts";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import type { Kernel, Stmt } from "../../compiler/kernel/kernel.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { createKernelKey } from "../../compiler/lower/kernel-key.ts";
import { createRebuild } from "../../compiler/lower/rebuild.ts";
import { mapStmts } from "../../compiler/lower/statements.ts";
import { compareEmitted, loadEmitted } from "./emitted.ts";
import { wave } from "./wave.ts";

/** Maximum and sum in one go; `exp(m)` is something else inside and after. */
const online = `kernel @online(s: f32[M, T]) -> lse: f32[M], top: f32[M] sizes(M, T) {
  for i in 0..M spatial {
    for u in 0..T sequential carry m = -inf, l = 0.0 {
      let n = max(m, s[i, u])
      next m = n, l = add(mul(l, exp(sub(m, n))), exp(sub(s[i, u], n)))
    }
    lse[i] = add(m, log(l))
    top[i] = exp(sub(m, reduce add u1 in 0..T (s[i, u1])))
  }
}
`;

const whole = `kernel @whole(n: i32[]) -> fib: i32[8], last: i32[], found: i32[], any: i32[] {
  for k in 0..8 sequential carry a = 0, b = 1 {
    fib[k] = a
    next a = b, b = add(a, b)
  }
  last[] = a
  for r in 0..n[] of 8 reduce carry seen = false, count = 5
    next seen = or(seen, eq(fib[r], 3)), count = add(count, fib[r])
  found[] = count
  any[] = i32(seen)
}
`;

const nested = `kernel @nested(x: f32[3, T], cuts: i32[4]) -> rows: f32[3], total: f32[] sizes(T) {
  for i in 0..3 sequential carry sum = 0.0, most = -inf {
    for j in cuts[i]..cuts[add(i, 1)] of T sequential carry part = sum {
      if lt(x[i, j], 0.0)
        rows[i] = exp(part)
      next part = add(part, mul(x[i, j], exp(part)))
    }
    rows[i] = exp(part)
    next sum = part, most = reduce max j1 in 0..T where lt(most, x[i, j1]) (mul(x[i, j1], sum))
  }
  total[] = add(sum, most)
}
`;

describe("carries", () => {
  test.each([
    [
      "a maximum and the sum that hangs on it",
      online,
      [
        { M: 3, T: 5 },
        { M: 1, T: 1 },
      ],
    ],
    ["whole numbers that change places, and bools", whole, [{}]],
    ["loops in loops, over parts, one of them empty", nested, [{ T: 7 }]],
  ] as const)("%s", async (_, text, all) => {
    const kernel = parseKernel(text);
    verifyKernel(kernel);
    expect(printKernel(kernel)).toBe(text);
    const [run] = await loadEmitted([kernel]);
    for (const record of all) {
      const sizes = new Map<string, number>(Object.entries(record));
      const buffers = new Map([
        ["s", wave(sizes.get("M") ?? 1, sizes.get("T") ?? 1)],
        ["x", wave(3, sizes.get("T") ?? 1)],
        ["cuts", tensor("i32", [4], [0, 3, 3, 7])],
        ["n", tensor("i32", [], [5])],
      ]);
      const results = compareEmitted(run!, kernel, buffers, sizes);
      for (const { data } of results.values()) expect([...data]).not.toContain(NaN);
    }
  });

  test("values of the next round are all of this one", () => {
    const results = interpretKernel(
      parseKernel(whole),
      new Map([["n", tensor("i32", [], [5])]]),
      new Map(),
    );
    expect([...results.get("fib")!.data]).toEqual([0, 1, 1, 2, 3, 5, 8, 13]);
    expect(results.get("last")!.data[0]).toBe(21);
    expect(results.get("found")!.data[0]).toBe(5 + 7);
    expect(results.get("any")!.data[0]).toBe(1);
  });

  test("a loop of no rounds leaves what it began with", async () => {
    const kernel = parseKernel(`kernel @k(n: i32[]) -> out: f32[] {
  for k in 0..n[] of 5 sequential carry a = 2.5
    next a = add(a, 1.0)
  out[] = a
}`);
    const [run] = await loadEmitted([kernel]);
    for (const [n, want] of [
      [0, 2.5],
      [3, 5.5],
    ] as const) {
      const buffers = new Map([["n", tensor("i32", [], [n])]]);
      expect(compareEmitted(run!, kernel, buffers, new Map()).get("out")!.data[0]).toBe(want);
    }
  });

  test("they are variables", () => {
    const lines = emitKernel(parseKernel(whole)).lines.join("\n");
    expect(lines).toContain("let a = 0;\nlet b = 1;\nfor (let k = 0; k < 8; k++) {");
    expect(lines).toContain("const next0 = (a + b) | 0;\na = b;\nb = next0;\n}");
  });

  test("a buffer may be called carry or next", () => {
    const text = `kernel @k() -> carry: f32[2], next: f32[2] {
  for i in 0..2 sequential
    carry[i] = 1.0
  for i in 0..2 sequential
    next[i] = 1.0
}
`;
    verifyKernel(parseKernel(text));
    expect(printKernel(parseKernel(text))).toBe(text);
  });

  test("rebuilding, keys and costs see what is carried", () => {
    const kernel = parseKernel(`kernel @k(x: f32[4]) -> out: f32[] {
  for k in 0..4 sequential carry a = mul(2.0, 3.0)
    next a = add(a, mul(x[k], a))
  out[] = a
}`);
    const rebuild = createRebuild((e) =>
      e.kind === "call" && e.fn === "mul" ? { ...e, fn: "sub" as const } : null,
    );
    const other = { ...kernel, body: mapStmts(kernel.body, rebuild) };
    expect(printKernel(other)).toContain("carry a = sub(2.0, 3.0)");
    expect(printKernel(other)).toContain("next a = add(a, sub(x[k], a))");
    const keyOf = createKernelKey();
    const renamed = parseKernel(printKernel(kernel).replace(/\ba\b/g, "b"));
    expect(keyOf(renamed)).toBe(keyOf(kernel));
    expect(keyOf(other)).not.toBe(keyOf(kernel));
    expect(costOf(kernel, new Map()).flops).toBe(1 + 4 * 2);
  });
});

describe("the rules of carries", () => {
  const kernel = (...body: readonly Stmt[]): Kernel => ({
    name: "k",
    params: [],
    results: [{ name: "out", dtype: "f32", shape: [] }],
    sizes: [],
    body,
    span: null,
  });
  const a = local("a", "f32");
  const good = carryLoop(
    over("k", 3),
    [{ name: "a", init: num(0), next: call("add", a, num(1)) }],
    [],
  );
  if (good.kind !== "for") throw new Error("no loop");
  const next = (...names: readonly string[]): Stmt => ({
    kind: "next",
    values: names.map((name) => ({ name, value: num(1) })),
  });
  const out = (value = num(0)): Stmt => store("out", [], value);

  test("a right one passes, and is there after its loop", () => {
    verifyKernel(kernel(good, store("out", [], a)));
  });

  test.each<[string, readonly Stmt[], string]>([
    ["no next", [{ ...good, body: [out()] }], "a loop that carries a has no next"],
    ["two of them", [{ ...good, body: [next("a"), next("a")] }], "next does not stand at the end"],
    [
      "one under a condition",
      [
        {
          ...good,
          body: [{ kind: "if", condition: call("lt", axis("k"), int(1)), body: [next("a")] }],
        },
      ],
      "a loop that carries a has no next",
    ],
    [
      "one of a loop that carries nothing",
      [loop("k", 3, [next("a")])],
      "next does not stand at the end",
    ],
    ["one outside", [next("a")], "next does not stand at the end"],
    ["other names", [{ ...good, body: [next("b")] }], "next has b for a"],
    ["too many", [{ ...good, body: [next("a", "b")] }], "next has a, b for a"],
    [
      "another dtype",
      [{ ...good, body: [{ kind: "next", values: [{ name: "a", value: int(1) }] }] }],
      "1 is i32, expected f32",
    ],
    ["a spatial loop", [{ ...good, role: "spatial" }], "the loop over k carries a, but is spatial"],
    [
      "a beginning that is its own",
      [{ ...good, carries: [{ name: "a", init: a }] }],
      "let a is not in scope",
    ],
    [
      "a beginning at its axis",
      [{ ...good, carries: [{ name: "a", init: call("add", axis("k"), int(0)) }] }],
      "axis k is not in scope",
    ],
    ["a name of another", [good, good], "a is declared inside the scope of another a"],
    ["a use before the loop", [store("out", [], a), good], "let a is not in scope"],
  ])("%s is refused", (_, body, message) => {
    expect(() => verifyKernel(kernel(...body))).toThrow(message);
  });

  test.each([
    ["for i in 0..2, j in 0..2 sequential carry a = 0 { next a = i }", "one axis"],
    ["for i in 0..2 sequential carry a = a { next a = 1 }", "a is not an axis, let or size"],
  ])("text: %s", (body, message) => {
    expect(() => parseKernel(`kernel @k() -> out: f32[] {\n  ${body}\n}`)).toThrow(message);
  });
});
