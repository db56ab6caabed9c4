// Whole arrays in numbers: `@`, broadcasting, subscripts, reductions, views, order, scalar functions.

import { expect, test } from "vitest";
import { fill, indices, numbers, range, read, runModel, sum } from "./run-model.ts";
import type { Given } from "./run-model.ts";

const expectModel = (
  text: string,
  given: Readonly<Record<string, Given>>,
  shape: readonly number[],
  at: (index: readonly number[]) => number,
  result = 0,
): void => {
  const found = runModel(text, given)[result]!;
  expect(found.shape).toEqual(shape);
  const wanted = fill(shape, at);
  found.data.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 9));
};

/** Element of a tensor whose leading axes are right-aligned and broadcast. */
const broadcastRead = (t: Given, index: readonly number[]): number =>
  read(
    t,
    ...t.shape.map((size, axis) => (size === 1 ? 0 : index[axis + index.length - t.shape.length]!)),
  );

test.each([
  { a: [5], b: [5], out: [] },
  { a: [5], b: [5, 3], out: [3] },
  { a: [3, 5], b: [5], out: [3] },
  { a: [3, 5], b: [5, 7], out: [3, 7] },
  { a: [2, 3, 5], b: [5, 7], out: [2, 3, 7] },
  { a: [3, 5], b: [2, 5, 7], out: [2, 3, 7] },
  { a: [2, 3, 5], b: [2, 5, 7], out: [2, 3, 7] },
  { a: [2, 1, 3, 5], b: [4, 5, 1], out: [2, 4, 3, 1] },
  { a: [1, 3, 5], b: [1, 5, 7], out: [1, 3, 7] },
  { a: [2, 3, 5], b: [5], out: [2, 3] },
  { a: [5], b: [2, 5, 7], out: [2, 7] },
])("$a @ $b is $out, as numpy.matmul", ({ a, b, out }) => {
  const [x, y] = [numbers(a), numbers(b, 2)];
  const text = `model M(a: [${a.join(", ")}], b: [${b.join(", ")}]) -> [${out.join(", ")}] { return a @ b }`;
  expectModel(text, { a: x, b: y }, out, (index) => {
    const column = b.length > 1 ? [index.at(-1)!] : [];
    const rest = b.length > 1 ? index.slice(0, -1) : index;
    const row = a.length > 1 ? [rest.at(-1)!] : [];
    const batch = a.length > 1 ? rest.slice(0, -1) : rest;
    return sum(
      range(5).map(
        (k) =>
          broadcastRead(x, [...batch, ...row, k]) *
          broadcastRead(y, b.length > 1 ? [...batch, k, ...column] : [k]),
      ),
    );
  });
});

test("int @ int is int", () => {
  const [a, b] = [indices([2, 3], 9), indices([3], 9, 2)];
  expectModel(`model M(a: int[2, 3], b: int[3]) -> int[2] { return a @ b }`, { a, b }, [2], ([i]) =>
    sum(range(3).map((k) => read(a, i!, k) * read(b, k))),
  );
});

test("axes of size 1 broadcast, right-aligned", () => {
  const [a, b] = [numbers([3, 1, 5]), numbers([7, 1], 2)];
  expectModel(
    `model M(a: [3, 1, 5], b: [7, 1]) -> [3, 7, 5] { return a - 2 * b }`,
    { a, b },
    [3, 7, 5],
    ([i, j, k]) => read(a, i!, 0, k!) - 2 * read(b, j!, 0),
  );
});

test("dtypes promote as the operator needs, statics never widen", () => {
  const k = indices([7], 9);
  const at =
    (f: (k: number) => number) =>
    ([i]: readonly number[]) =>
      f(read(k, i!));
  const int = (e: string, f: (k: number) => number): void =>
    expectModel(`model M(k: int[7]) -> int[7] { return ${e} }`, { k }, [7], at(f));
  const float = (e: string, f: (k: number) => number): void =>
    expectModel(`model M(k: int[7]) -> [7] { return ${e} }`, { k }, [7], at(f));
  int("k * 3 + 1", (x) => x * 3 + 1);
  int("1 - (k > 4)", (x) => 1 - Number(x > 4));
  int("-k % 4", (x) => ((-x % 4) + 4) % 4);
  int("k^3", (x) => x ** 3);
  float("k / 2", (x) => x / 2);
  float("k + 1.5", (x) => x + 1.5);
  float("k / 3 % -0.7", (x) => x / 3 - -0.7 * Math.floor(x / 3 / -0.7));
  float("(k - 4)^-2 * 0 + (k + 1)^-2", (x) => (x === 4 ? NaN : (x + 1) ** -2));
});

test("comparisons and logic are element-wise", () => {
  const x = numbers([3, 5]);
  const text = `model M(x: [3, 5]) -> int[3, 5] { return int((x > 0.2 and not x >= 0.7) or x != x or x <= -0.9) }`;
  expectModel(text, { x }, [3, 5], ([i, j]) => {
    const v = read(x, i!, j!);
    return Number((v > 0.2 && !(v >= 0.7)) || v <= -0.9);
  });
});

test("sizes are exact: quotients, powers, floor, ceil, round", () => {
  const x = numbers([7, 2]);
  const text = `model M(x: [H, 2]) -> float {
    require floor((H - 2) / 2) + 1 == 3
    require ceil(H / 2) == 4 and round(5 / 2) == 2 and round(7 / 2) == 4
    require H / 2 * 2 == H and 7 % 4 == 3 and -7 % 4 == 1
    require 2^-3 == 0.125 and 2^10 == 1024 and min(H, 3) == 3
    require "same" == "same" and "same" != 3 and [1, 2] == [1, 2]
    return H / 2 + 0.25 + sum(x) * 0
  }`
    .replace("[H, 2]", "[7, 2]")
    .replace(/\bH\b/g, "7");
  expectModel(text, { x }, [], () => 3.75);
});

test("a symbolic size counts at run time", () => {
  const x = numbers([3, 5]);
  const text = `model M(x: [B, T]) -> [B] { return sum(x, over = T) / T + count(x) / (T + 1) }`;
  expectModel(text, { x }, [3], ([b]) => sum(range(5).map((t) => read(x, b!, t))) / 5 + 15 / 6);
});

test("whole arrays are sliced, counted from the end, and indexed", () => {
  const x = numbers([4, 6, 3]);
  const ofX = (
    e: string,
    shape: readonly number[],
    at: (index: readonly number[]) => number,
  ): void =>
    expectModel(`model M(x: [4, 6, 3]) -> [${shape.join(", ")}] { return ${e} }`, { x }, shape, at);
  ofX("x[1]", [6, 3], ([a, b]) => read(x, 1, a!, b!));
  ofX("x[-1, 2:5]", [3, 3], ([a, b]) => read(x, 3, a! + 2, b!));
  ofX("x[:, :-2, 1]", [4, 4], ([a, b]) => read(x, a!, b!, 1));
  ofX("x[1:2, 5, :]", [1, 3], ([, c]) => read(x, 1, 5, c!));
  const table = `model M(x: [8, 2], y: [B, T <= 8]) -> [T, 2] { return x[:T] + sum(y) * 0 }`;
  const wide = numbers([8, 2]);
  expectModel(table, { x: wide, y: numbers([1, 5]) }, [5, 2], ([t, c]) => read(wide, t!, c!));
});

test("reductions take axes by number, name, list and complement", () => {
  const x = numbers([2, 3, 5]);
  const ofX = (
    e: string,
    shape: readonly number[],
    at: (index: readonly number[]) => number,
  ): void => expectModel(`model M(x: [B, T, C]) { return ${e} }`, { x }, shape, at);
  const all = (
    b: readonly number[],
    t: readonly number[],
    c: readonly number[],
  ): readonly number[] => b.flatMap((i) => t.flatMap((j) => c.map((k) => read(x, i, j, k))));
  const [B, T, C] = [range(2), range(3), range(5)];
  ofX("sum(x)", [], () => sum(all(B, T, C)));
  ofX("sum(x, over = -2)", [2, 5], ([b, c]) => sum(all([b!], T, [c!])));
  ofX("max(x, over = T)", [2, 5], ([b, c]) => Math.max(...all([b!], T, [c!])));
  ofX("min(x, over = [B, 2])", [3], ([t]) => Math.min(...all(B, [t!], C)));
  ofX("mean(x, keep = C)", [5], ([c]) => sum(all(B, T, [c!])) / 6);
  ofX("prod(x, over = [0, 1], keepdim = true)", [1, 1, 5], ([, , c]) =>
    all(B, T, [c!]).reduce((p, v) => p * v, 1),
  );
  ofX(
    "float(any(x > 0.9, over = C)) + float(all(x > -1, over = -1))",
    [2, 3],
    ([b, t]) =>
      Number(all([b!], [t!], C).some((v) => v > 0.9)) +
      Number(all([b!], [t!], C).every((v) => v > -1)),
  );
  ofX("float(argmax(x) + 10 * argmin(x, over = -1))", [2, 3], ([b, t]) => {
    const row = all([b!], [t!], C);
    return row.indexOf(Math.max(...row)) + 10 * row.indexOf(Math.min(...row));
  });
});

test("reshape, permute, concat, split, pad_edges and expand move elements", () => {
  const x = numbers([2, 3, 4]);
  const ofX = (
    e: string,
    shape: readonly number[],
    at: (index: readonly number[]) => number,
  ): void => expectModel(`model M(x: [2, 3, 4]) { return ${e} }`, { x }, shape, at);
  ofX("reshape(x, [6, -1])", [6, 4], ([r, c]) => read(x, Math.floor(r! / 3), r! % 3, c!));
  ofX("permute(x, [2, 0, 1])", [4, 2, 3], ([a, b, c]) => read(x, b!, c!, a!));
  ofX("concat(x, 2 * x, x[:, :, :1])", [2, 3, 9], ([a, b, c]) =>
    c! < 4 ? read(x, a!, b!, c!) : c! < 8 ? 2 * read(x, a!, b!, c! - 4) : read(x, a!, b!, 0),
  );
  ofX("concat(x, x, axis = 1)", [2, 6, 4], ([a, b, c]) => read(x, a!, b! % 3, c!));
  expectModel(
    `model M(x: [2, 3, 4]) { let a, b = split(x, 2)  let c, d = split(a + b, [1, 2], axis = 1)  return d }`,
    { x },
    [2, 2, 2],
    ([a, b, c]) => read(x, a!, b! + 1, c!) + read(x, a!, b! + 1, c! + 2),
  );
  ofX("pad_edges(x, [0, 3, 1])", [2, 6, 5], ([a, b, c]) =>
    b! >= 1 && b! < 4 && c! < 4 ? read(x, a!, b! - 1, c!) : 0,
  );
  ofX("pad_edges(x, [[1, 0], [-1, 0], [0, 0]], value = 0.5)", [3, 2, 4], ([a, b, c]) =>
    a === 0 ? 0.5 : read(x, a! - 1, b! + 1, c!),
  );
  ofX("expand(x[:1], [5, 3, 4])", [5, 3, 4], ([, b, c]) => read(x, 0, b!, c!));
}, 20_000);

test("cumsum, cumprod, sort and top_k follow the order along an axis", () => {
  const x = numbers([3, 7]);
  const ofX = (
    e: string,
    shape: readonly number[],
    at: (index: readonly number[]) => number,
  ): void => expectModel(`model M(x: [B, 7]) { return ${e} }`, { x }, shape, at);
  const row = (b: number): readonly number[] => range(7).map((t) => read(x, b, t));
  const column = (t: number): readonly number[] => range(3).map((b) => read(x, b, t));
  ofX("cumsum(x)", [3, 7], ([b, t]) => sum(row(b!).slice(0, t! + 1)));
  ofX("cumprod(x)", [3, 7], ([b, t]) =>
    row(b!)
      .slice(0, t! + 1)
      .reduce((p, v) => p * v),
  );
  ofX("cumprod(x, over = 0)", [3, 7], ([b, t]) =>
    column(t!)
      .slice(0, b! + 1)
      .reduce((p, v) => p * v),
  );
  ofX("sort(x).values", [3, 7], ([b, t]) => [...row(b!)].sort((p, q) => p - q)[t!]!);
  ofX(
    "sort(x, over = 0, descending = true).values",
    [3, 7],
    ([b, t]) => [...column(t!)].sort((p, q) => q - p)[b!]!,
  );
  ofX("top_k(x, 3).values", [3, 3], ([b, t]) => [...row(b!)].sort((p, q) => q - p)[t!]!);
  ofX("float(top_k(x, 2).indices)", [3, 2], ([b, t]) =>
    row(b!).indexOf([...row(b!)].sort((p, q) => q - p)[t!]!),
  );
});

test("sort keeps the order of equals, and NaN comes last", () => {
  const x: Given = {
    shape: [1, 8],
    data: [2, NaN, Infinity, -1, 2, Infinity, NaN, -Infinity],
  };
  const ofX = (e: string, wanted: readonly number[]): void =>
    expectModel(`model M(x: [B, 8]) { return ${e} }`, { x }, [1, 8], ([, t]) => wanted[t!]!);
  ofX("float(sort(x).indices)", [7, 3, 0, 4, 2, 5, 1, 6]);
  ofX("float(sort(x, descending = true).indices)", [1, 6, 2, 5, 0, 4, 3, 7]);
  const least: Given = { shape: [1, 3], data: [5, -(2 ** 31), -7] };
  const text = "model M(x: int[B, 3]) { return float(sort(x).indices) }";
  expectModel(text, { x: least }, [1, 3], ([, t]) => [1, 2, 0][t!]!);
});

test("scalar functions, also of sizes and per letter", () => {
  const x = numbers([9]);
  const each: Readonly<Record<string, (v: number) => number>> = {
    "exp(x)": Math.exp,
    "expm1(x) + log1p(x)": (v) => Math.expm1(v) + Math.log1p(v),
    "log(x^2) + sqrt(x + 2)": (v) => Math.log(v * v) + Math.sqrt(v + 2),
    "sin(x) * cos(x) - tanh(x)": (v) => Math.sin(v) * Math.cos(v) - Math.tanh(v),
    "sigmoid(x)": (v) => 1 / (1 + Math.exp(-v)),
    "floor(3 * x) + ceil(3 * x)": (v) => Math.floor(3 * v) + Math.ceil(3 * v),
    "round(5 * x) + int(5 * x)": (v) => Math.round(5 * v) + Math.trunc(5 * v),
    "max(x, 0.1, -x) - min(x, 0)": (v) => Math.max(v, 0.1, -v) - Math.min(v, 0),
    "float(bool(x > 0)) * exp(2) + sqrt(9)": (v) => Number(v > 0) * Math.exp(2) + 3,
    "round(x * 0 + 2.5) + round(x * 0 - 1.5) + round(3.5)": () => 2 - 2 + 4,
    "(x + 3)^2.5": (v) => (v + 3) ** 2.5,
  };
  for (const [e, f] of Object.entries(each))
    expectModel(`model M(x: [9]) { return ${e} }`, { x }, [9], ([i]) => f(read(x, i!)));
});

test("scatter_add adds rows at positions", () => {
  const [x, values, i] = [numbers([4, 2]), numbers([5, 2], 2), indices([5], 4)];
  const text = `model M(x: [4, 2], i: int[5], v: [5, 2]) { return scatter_add(x, i, v) }`;
  expectModel(
    text,
    { x, v: values, i },
    [4, 2],
    ([r, c]) =>
      read(x, r!, c!) + sum(range(5).map((n) => (read(i, n) === r ? read(values, n, c!) : 0))),
  );
});

test("if selects element by element, and decides at compile time where it can", () => {
  const x = numbers([5]);
  const text = `model M(deep = 0)(x: [5]) { return if deep > 0 then x @ x else if x > 0 then x else 0 }`;
  expectModel(text, { x }, [5], ([i]) => Math.max(read(x, i!), 0));
});
