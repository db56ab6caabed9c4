// Functions: arguments, defaults, what stays static, sizes of typed parameters, results.

import { describe, expect, test } from "vitest";
import { errors, numbers, runModel } from "../frontend-values/run-model.ts";

const x = numbers([3, 5]);
const run = (text: string): readonly number[] => runModel(text, { x })[0]!.data;
const map = (f: (value: number) => number): readonly number[] => x.data.map(f);

const close = (got: readonly number[], want: readonly number[]): void => {
  expect(got).toHaveLength(want.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(want[i] ?? NaN, 12));
};

describe("functions", () => {
  test("defaults may use earlier parameters", () => {
    const text = `
      fn f(x, a, b = a + 1) = x * b
      model M(x: [3, 5]) -> [3, 5] { return f(x, 2) + f(x, 2, 10) + f(x, b = 1, a = 0) }`;
    close(
      run(text),
      map((v) => v * 3 + v * 10 + v),
    );
  });

  test("untyped parameters stay static when the argument is", () => {
    const text = `
      fn stack_of(x, n) = x -> repeat n { double }
      fn double(x) = 2 * x
      model M(x: [3, 5]) -> [3, 5] { return stack_of(x, 3) }`;
    close(
      run(text),
      map((v) => v * 8),
    );
  });

  test("a function is passed by name and called", () => {
    const text = `
      fn twice(x, f) = f(f(x))
      fn half(x) = x / 2
      model M(x: [3, 5]) -> [3, 5] { return x -> twice(half) }`;
    close(
      run(text),
      map((v) => v / 4),
    );
  });

  test("piped values come first, several of them too", () => {
    const text = `
      fn blend(a, b, t) = a + t * (b - a)
      model M(x: [3, 5]) -> [3, 5] { return (x, x * x) -> blend(0.25) }`;
    close(
      run(text),
      map((v) => v + 0.25 * (v * v - v)),
    );
  });

  test("several results are taken in order or by name", () => {
    const text = `
      fn both(x: [R, C]) -> (plus: [R, C], minus: [R, C]) { return x + 1, x - 1 }
      model M(x: [3, 5]) -> [3, 5] {
        let p, m = both(x)
        return p * m + both(x).minus
      }`;
    close(
      run(text),
      map((v) => v * v - 1 + v - 1),
    );
  });

  test("typed parameters bind sizes that the body can use", () => {
    const text = `
      fn scaled(x: [R, C]) -> [R, C] = x * (R + 10 * C)
      model M(x: [3, 5]) -> [3, 5] { return scaled(x) }`;
    close(
      run(text),
      map((v) => v * 53),
    );
  });

  test("a shape variadic stands for any number of axes", () => {
    const text = `
      fn norm1(x: [...S, C]) -> [...S] = sum(abs(x), over = -1)
      model M(x: [3, 5]) -> [3] { return norm1(x) }`;
    const rows = [0, 1, 2].map((r) =>
      x.data.slice(5 * r, 5 * r + 5).reduce((a, b) => a + Math.abs(b), 0),
    );
    close(run(text), rows);
  });

  test("`keep` is the complement of `over` for every function that has it", () => {
    const text = `
      fn spread_of(x, over = axes(x)) = max(x, over = over) - min(x, over = over)
      model M(x: [3, 5]) -> [5] { return spread_of(x, keep = 1) }`;
    const columns = [0, 1, 2, 3, 4].map((c) => {
      const column = [0, 1, 2].map((r) => x.data[5 * r + c]!);
      return Math.max(...column) - Math.min(...column);
    });
    close(run(text), columns);
  });

  test("a size name means the axis that the caller sees under it", () => {
    const text = `
      fn total(x, axis) = sum(x, over = axis)
      block Sum()(x: [T, E]) -> [E] { return total(x, T) }
      model M(x: [3, 5]) -> [5] { return x -> Sum() }`;
    const columns = [0, 1, 2, 3, 4].map((c) => x.data[c]! + x.data[5 + c]! + x.data[10 + c]!);
    close(run(text), columns);
  });

  test("names that a function gives to sizes are not seen outside", () => {
    const text = `
      fn same(x) {
        let rows = size(x, 1)
        let y[b, i < rows, e] = x[b, i, e]
        return y
      }
      model M(x: [B, T, 5]) -> [B, T, 3] {
        return x -> Conv1d(2, 3, pad = "same") -> same -> scan T { Gru(3) }
      }`;
    expect(errors(text)).toEqual([]);
  });

  test("labels match, not values: two axes of one size are told apart", () => {
    const square = numbers([4, 4]);
    const text = `
      block RowSums()(x: [H, C]) -> [H] { return sum(x, over = C) }
      model M(x: [4, 4]) -> [4] { return x -> RowSums() }`;
    const rows = [0, 1, 2, 3].map((r) =>
      square.data.slice(4 * r, 4 * r + 4).reduce((a, b) => a + b, 0),
    );
    close(runModel(text, { x: square })[0]!.data, rows);
  });

  test("`and` and `or` never look at a side that does not matter", () => {
    const text = `
      fn f(x, n) = if n > 1 and 10 % (n - 1) == 0 then x * n else x
      model M(x: [3, 5]) -> [3, 5] { return f(x, 1) + f(x, 3) }`;
    close(
      run(text),
      map((v) => v + 3 * v),
    );
  });
});

describe("wrong calls", () => {
  const model = (body: string, before = ""): readonly string[] =>
    errors(`${before}\nmodel M(x: [B, 5]) -> [B, 5] { return ${body} }`);

  test("are reported once each", () => {
    expect(model("relu(x, 3)")).toEqual(["DLM0212 `relu` takes 1 argument, 2 were given"]);
    expect(model("clamp(x, low = 0)")).toEqual(["DLM0202 `clamp` has no argument `low`"]);
    expect(model("clamp(x, 0, lo = 0)")).toEqual(["DLM0213 argument `lo` is given twice"]);
    expect(model("clamp(lo = 0, x)")).toEqual([
      "DLM0217 an argument without a name cannot follow a named one",
    ]);
    expect(model("threshold(x, 1)")).toEqual(["DLM0211 `threshold` needs a value for `value`"]);
    expect(model("f(x)", "fn f(x: int[...S]) = x")).toEqual([
      "DLM0301 `f` looks up whole numbers, but `x` is float",
    ]);
    expect(model("f(x)", "fn f(x: [A]) = x")).toEqual(["DLM0402 `f` needs `[A]`, got `[B, 5]`"]);
    expect(model("f(x, x)", "fn f(x: [A, C], y: [C, A]) = x")).toEqual([
      "DLM0401 these sizes must be equal: B and 5",
    ]);
    expect(model("f(x)", "fn f(x: [A, 7]) = x")).toEqual([
      "DLM0401 these sizes must be equal: 5 and 7",
    ]);
    expect(model("Dense(5, x)")).toEqual([
      "DLM0303 `bias` must be known when compiling, this is [B, 5]",
    ]);
  });

  test("an error in a function does not make another where its result is used", () => {
    expect(
      model("f(x) + 1 -> relu -> Dense(5)".replace("f(x) + 1", "(f(x) + 1)"), "fn f(x) = x @ x"),
    ).toHaveLength(1);
  });
});
