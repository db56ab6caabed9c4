// Which int subscripts are proved, checked at the boundary or flagged at run time, and what is checked when sizes bind.

import { expect, test } from "vitest";
import { compileModel } from "./run-model.ts";

/** Ranges of the data inputs by name, and the `checked` attribute of every gather in order. */
const indexing = (text: string) => {
  const entry = compileModel(text).entries[0]!;
  const ranges = entry.inputs.flatMap((input) =>
    input.kind === "data" && input.range !== null ? [[input.name, input.range.hi] as const] : [],
  );
  const gathers = entry.graph.ops.filter(({ name }) => name === "gather");
  return {
    ranges: Object.fromEntries(ranges),
    checked: gathers.map(({ attrs }) => attrs["checked"]),
  };
};

test("an input used as a subscript is checked before anything runs", () => {
  const text = `model M(wte: [5, 3], tokens: int[B, T]) { return wte[tokens] }`;
  expect(indexing(text)).toEqual({ ranges: { tokens: 5 }, checked: [true] });
  const letters = `model M(p: [B, T, 4], k: int[B, T]) {
    let r = reshape(k, [B * T])
    let y[b, t] = p[b, t, k[b, t]] + reshape(p, [B * T, 4])[0, r[0]]
    return y
  }`;
  expect(indexing(letters)).toEqual({ ranges: { k: 4 }, checked: [true, true] });
});

test.each([
  ["argmax(x)", 7],
  ["clamp(k, 0, 6)", 7],
  ["max(min(k, 6), 0)", 7],
  ["k % 7", 7],
  ["int(x[:, 0] > 0)", 7],
  ["if k < 0 then 0 else if k > 6 then 6 else k", 7],
  ["min(k % 5 + 2, 6)", 7],
  ["if k >= 0 and k < 7 then k else 3", 7],
])("%s is proved to lie inside", (index) => {
  const text = `model M(x: [B, 7], k: int[B]) { let i = ${index}  let y[b] = x[b, i[b]]  return y }`;
  expect(indexing(text)).toEqual({ ranges: {}, checked: [true] });
});

test.each(["k + 1", "k % 8", "clamp(k, -1, 6)", "int(x[:, 0])", "if k < 0 then 0 else k"])(
  "%s is flagged at run time",
  (index) => {
    const text = `model M(x: [B, 7], k: int[B]) { let i = ${index}  let y[b] = x[b, i[b]]  return y }`;
    expect(indexing(text)).toEqual({ ranges: {}, checked: [false] });
  },
);

const checksOf = (text: string): readonly string[] =>
  compileModel(text).entries[0]!.checks.map(({ code, message }) => `${code} ${message}`);

test("what sizes decide only when they are bound becomes one check", () => {
  expect(checksOf("model M(x: [B, T]) { return x[:, 5] }")).toHaveLength(1);
  expect(checksOf("model M(x: [B, T]) { return reshape(x, [B, T / 2, 2]) }").join()).toContain(
    "T / 2",
  );
  expect(
    checksOf("model M(x: [B, T]) { let y[b, t < T - 2] = x[b, t + 2]  return y }").join(),
  ).not.toContain("DLM0412");
  expect(checksOf("model M(x: [B, T <= 8], w: [8]) { return x + w[:T] }")).toEqual([]);
});

test("a convolution over symbolic sizes is proved inside", () => {
  const text = `model M(x: [B, H, 3], K: [3, 3, 2]) {
    let Ho = floor((H + 2 - 3) / 2) + 1
    let xp = pad_edges(x, [[0, 0], [1, 1], [0, 0]])
    let y[b, h < Ho, o] = sum[i, c](xp[b, h * 2 + i, c] * K[i, c, o])
    return y
  }`;
  expect(checksOf(text)).toEqual([]);
});
