// Scratch of a row: a buffer of the kernel's own, empty each time its block begins.

import { expect, test } from "vitest";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { compareEmitted, loadEmitted } from "./emitted.ts";
import { wave } from "./wave.ts";

/** Adds, then normalises what it added: four results and a row. */
const addNorm = `kernel @addNorm(x: f32[M, 7], r: f32[M, 7], gamma: f32[7]) -> h: f32[M, 7], y: f32[M, 7], mu: f32[M], rs: f32[M] sizes(M) {
  for i in 0..M spatial {
    row t: f32[7]
    for k in 0..7 spatial {
      t[k] = add(x[i, k], r[i, k])
      h[i, k] = t[k]
    }
    let a = div(reduce add k in 0..7 (t[k]), 7.0)
    let v = div(reduce add k in 0..7 (mul(sub(t[k], a), sub(t[k], a))), 7.0)
    let s = div(1.0, sqrt(add(v, 0.001)))
    for k in 0..7 spatial
      y[i, k] = mul(mul(sub(t[k], a), s), gamma[k])
    mu[i] = a
    rs[i] = s
  }
}
`;

const twoRows = `kernel @twoRows(x: f32[3, T]) -> out: f32[3] sizes(T) {
  for i in 0..3 spatial {
    row sums: f32[2, T]
    for t in 0..T spatial {
      sums[0, t] = reduce add u in 0..add(t, 1) of T (x[i, u])
      sums[1, t] = mul(sums[0, t], sums[0, t])
    }
    if lt(i, 2) {
      row seen: i32[]
      seen[] = 0
      for t in 0..T sequential
        if lt(sums[1, t], 0.5)
          seen[] = add(seen[], 1)
      out[i] = f32(seen[])
    }
    if le(2, i)
      out[i] = reduce max t in 0..T (sums[1, t])
  }
}
`;

test.each([
  ["a sum and its norm", addNorm, { M: 3 }, ["x", "r"], [3, 7]],
  ["one row", addNorm, { M: 1 }, ["x", "r"], [1, 7]],
  ["rows in rows", twoRows, { T: 5 }, ["x"], [3, 5]],
  ["rows of one", twoRows, { T: 1 }, ["x"], [3, 1]],
])("%s prints, parses, verifies and computes", async (_, text, record, params, shape) => {
  const kernel = parseKernel(text);
  verifyKernel(kernel);
  expect(printKernel(kernel)).toBe(text);
  const buffers = new Map([
    ...params.map((name) => [name, wave(...shape)] as const),
    ["gamma", wave(7)],
  ]);
  const [run] = await loadEmitted([kernel]);
  const results = compareEmitted(run!, kernel, buffers, new Map(Object.entries(record)));
  for (const { data } of results.values()) expect([...data]).not.toContain(NaN);
});

test("a norm has mean 0 and variance 1 before it is scaled", () => {
  const buffers = new Map([
    ["x", wave(2, 7)],
    ["r", wave(2, 7)],
    ["gamma", tensor("f32", [7], [1, 1, 1, 1, 1, 1, 1])],
  ]);
  const { data } = interpretKernel(parseKernel(addNorm), buffers, new Map([["M", 2]])).get("y")!;
  const first = [...data].slice(0, 7);
  expect(first.reduce((a, b) => a + b) / 7).toBeCloseTo(0, 12);
  expect(first.reduce((a, b) => a + b * b, 0) / 7).toBeCloseTo(1, 2);
});

test("a row has nothing of the row before in it", () => {
  const kernel = parseKernel(`kernel @k() -> out: f32[2] {
  for i in 0..2 spatial {
    row t: f32[1]
    if eq(i, 0)
      t[0] = 5.0
    out[i] = t[0]
  }
}`);
  expect([...interpretKernel(kernel, new Map(), new Map()).get("out")!.data]).toEqual([5, NaN]);
});

test("a buffer may be called row", () => {
  const text = `kernel @k() -> row: f32[2] {\n  for i in 0..2 spatial\n    row[i] = 1.0\n}\n`;
  verifyKernel(parseKernel(text));
  expect(printKernel(parseKernel(text))).toBe(text);
});

test.each([
  ["row t: f32[2]\n  row t: f32[3]\n  out[0] = 0.0", "t is declared twice"],
  ["if true row t: f32[2]\n  if true row t: f32[2]\n  out[0] = 0.0", "t is declared twice"],
  ["row out: f32[2]\n  out[0] = 0.0", "out is declared twice"],
  ["row t: f32[T]\n  out[0] = 0.0", "size T is not declared"],
  ["row t: f32[2]\n  out[0] = t[0, 1]", "t has rank 1, indexed with 2"],
  ["row t: i32[2]\n  t[0] = 1.0", "1.0 is f32, expected i32"],
  ["for t in 0..2 spatial row t: f32[2]", "t is declared inside the scope of another t"],
])("%s is refused", (body, message) => {
  expect(() => verifyKernel(parseKernel(`kernel @k() -> out: f32[3] {\n  ${body}\n}`))).toThrow(
    message,
  );
});

test.each([
  ["if true { row t: f32[2] }\n  t[0] = 1.0", "t is not a buffer"],
  ["t[0] = 1.0\n  row t: f32[2]", "t is not a buffer"],
])("%s is no text of a kernel", (body, message) => {
  expect(() => parseKernel(`kernel @k() -> out: f32[3] {\n  ${body}\n}`)).toThrow(message);
});
