// Every rule of operators, axes, subscripts and letters, broken once: the code and the text it points at.

import { expect, test } from "vitest";
import { check } from "./run-model.ts";

const wrap = (body: string): string =>
  `fn apply(v) { let w[i < 3] = v * i  return sum(w) }
model M(x: [B, 7], y: [B, 6], k: int[B], t: [B, T, T]) { ${body}  return x }`;

/** Code and marked text of every error. */
const found = (body: string): readonly (readonly string[])[] => {
  const text = wrap(body);
  return check(text)
    .filter(({ severity }) => severity === "error")
    .map(({ code, span }) => [code, text.slice(span.start, span.end)]);
};

test.each([
  ["let a = x + y", "DLM0401", "x + y"],
  ["let a = x @ y", "DLM0401", "x @ y"],
  ["let a = max(x, y)", "DLM0401", "max(x, y)"],
  ["let a = concat(x, y, axis = 0)", "DLM0401", "concat(x, y, axis = 0)"],
  ["let a = split(x, [3, 3])", "DLM0401", "[3, 3]"],
  ["let a = expand(x, [B, 14])", "DLM0401", "expand(x, [B, 14])"],
  ["let a = reshape(x, [B, 8])", "DLM0404", "reshape(x, [B, 8])"],
  ["let a = split(x, 2)", "DLM0405", "2"],
  ["let a = reshape(x, [B, 15 / 2])", "DLM0405", "[B, 15 / 2]"],
  ["let a[b, i] = x[b, i] * y[b, i]", "DLM0406", "i"],
  ["let a = sum(t, over = T)", "DLM0407", "T"],
  ["let a = softmax(t, over = T)", "DLM0407", "T"],
  ["let a = sum(x, over = 2)", "DLM0407", "2"],
  ["let a = sum(x, over = [0, -2])", "DLM0407", "[0, -2]"],
  ["let a = sum(x, keep = T)", "DLM0407", "T"],
  ["let a = mean(x, over = 0, keep = 0)", "DLM0407", "0"],
  ["let a = permute(x, [0, 0])", "DLM0407", "[0, 0]"],
  ["let a = x[:, 3:2]", "DLM0408", "3:2"],
  ["let a = pad_edges(x, [[0, 0], [-4, -4]])", "DLM0408", "pad_edges(x, [[0, 0], [-4, -4]])"],
  ["let a[b, i < 7 - 9] = x[b, i]", "DLM0408", "7 - 9"],
  ["let a[b, i < 0] = sum[j < 3](x[b, i + j])", "DLM0408", "i + j"],
  ["let a = max(x[:, 2:2], over = 1)", "DLM0407", "1"],
  [
    "let a = if k > 0 and x[0, 0] > 1 then x else y",
    "DLM0409",
    "if k > 0 and x[0, 0] > 1 then x else y",
  ],
  ["let a = x[:, 7]", "DLM0412", "7"],
  ["let a = x[:, -8]", "DLM0412", "-8"],
  ["let a = x[:, 1:8]", "DLM0412", "1:8"],
  ["let a = [1, 2][2]", "DLM0412", "2"],
  ["let a[b, i < 4] = x[b, i * 2 + 1]", "DLM0412", "i * 2 + 1"],
  ["let a[b, i < 4] = x[b, 2 - i]", "DLM0412", "2 - i"],
  ["let a[b] = sum[i](x[b, i + 1])", "DLM0413", "i"],
  ["let a[b] = x[b]", "DLM0414", "x[b]"],
  ["let a[b] = k[b] + x", "DLM0414", "k[b] + x"],
  ["let a[b] = x[b, 0:2]", "DLM0414", "0:2"],
  ["let a[b] = sum(x[b, 0])", "DLM0414", "x[b, 0]"],
  ["let a[b] = x[b, 0] @ x[b, 1]", "DLM0414", "x[b, 0]"],
  ["let a[b, i] = x[b, i] -> Dense(3)", "DLM0414", "x[b, i]"],
  ["let a = x[k, k]", "DLM0414", "x[k, k]"],
  ["let a[b, b] = x[b, b]", "DLM0207", "b"],
  ["let a[b, i] = sum[i](x[b, i])", "DLM0207", "i"],
  ["let a[b] = sum[i](x[b, i] * sum[i](x[b, i]))", "DLM0207", "i"],
  ["let a[b] = softmax[i](x[b, i])", "DLM0209", "i"],
  ["let a = sum[0](x)", "DLM0107", "0"],
  ["let a = x[x]", "DLM0304", "x"],
  ["let a[b] = x[b, x[b, 0]]", "DLM0304", "x[b, 0]"],
  ["let a = x and x", "DLM0305", "x and x"],
  ["let a = not k", "DLM0305", "not k"],
  ["let a = (x < 1) < true", "DLM0305", "(x < 1) < true"],
  ["let a = any(x)", "DLM0305", "any(x)"],
  ['let a = "s" + x', "DLM0305", '"s" + x'],
  ["let a = if x then 1 else 2", "DLM0306", "x"],
  ['let a = if k > 0 then x else "s"', "DLM0307", 'if k > 0 then x else "s"'],
  ["let a = 1 / 0", "DLM0313", "1 / 0"],
  ["let a = top_k(x, 8)", "DLM0316", "8"],
  ["let a = x + pad_edges(x, [1])", "DLM0420", "[1]"],
  ["let a = grad(sum(x), y)", "DLM0702", "y"],
  ["let a = exp(x, x)", "DLM0212", "exp(x, x)"],
  ["let a = exp()", "DLM0211", "exp()"],
  ["let a = sum(x, ovr = 0)", "DLM0202", "ovr"],
  ["let a = sum(x, over = 0, over = 1)", "DLM0213", "over"],
])("%s is %s at `%s`, and nothing else", (body, code, marked) => {
  expect(found(body)).toEqual([[code, marked]]);
});

test("a function called per letter cannot define arrays of its own", () => {
  expect(found("let a[b] = apply(x[b, 0])").map(([code]) => code)).toEqual(["DLM0414"]);
});

test("an error poisons what depends on it", () => {
  expect(found("let a = x + y  let b = sum(a) + a[0]  let c[i] = b * a[i, 0]")).toHaveLength(1);
});

test("a letter that hides a tensor is a warning", () => {
  const warnings = check(wrap("let a[k] = x[k, 0]")).filter(({ code }) => code === "DLM0912");
  expect(warnings).toHaveLength(1);
});
