// Which layers exist, whom they belong to and what their weights are called.

import { describe, expect, test } from "vitest";
import { compileModel, errors } from "../frontend-values/run-model.ts";

const paths = (text: string): readonly string[] =>
  compileModel(text).stored.map(({ path, type }) => `${path} ${type.shape.join("x")}`);

/** Without the biases, for short lists. */
const weights = (text: string): readonly string[] =>
  paths(text).filter((path) => !path.includes(".b "));

describe("paths", () => {
  test("unnamed layers are counted per block in build order, repeat included", () => {
    expect(
      weights(`model M(x: [B, 5]) -> [B, 2] {
        return x -> repeat n in [7, 3] { Dense(n) -> LayerNorm(bias = false) } -> Dense(2)
      }`),
    ).toEqual([
      "Dense_0.W 5x7",
      "LayerNorm_0.gamma 7",
      "Dense_1.W 7x3",
      "LayerNorm_1.gamma 3",
      "Dense_2.W 3x2",
    ]);
  });

  test("a let names its layer, and the numbers of the others skip it", () => {
    expect(
      weights(`model M(x: [B, 5]) -> [B, 2] {
        let first = Dense(7)
        let act = relu
        return x -> first -> act -> Dense(3) -> Dense(2)
      }`),
    ).toEqual(["first.W 5x7", "Dense_0.W 7x3", "Dense_1.W 3x2"]);
  });

  test("the taken branch of a static if takes the name of its let", () => {
    expect(
      weights(`model M(deep = true)(x: [B, 5]) -> [B, 2] {
        let head = if deep then FeedForward(7) else Dense(9)
        return x -> head -> Dense(2)
      }`),
    ).toEqual(["head.Dense_0.W 5x7", "head.Dense_1.W 7x5", "Dense_0.W 5x2"]);
  });

  test("nested blocks are dotted paths", () => {
    expect(
      weights(`
        block Tower(n)(x: [..., D]) -> [..., n] {
          let head = Dense(n)
          return x -> Dense(3) -> head
        }
        model M(x: [B, 5]) -> [B, 2] {
          let left = Tower(2)
          return (x -> left) + (x -> Tower(2))
        }`),
    ).toEqual([
      "left.Dense_0.W 5x3",
      "left.head.W 3x2",
      "Tower_0.Dense_0.W 5x3",
      "Tower_0.head.W 3x2",
    ]);
  });

  test("a layer used twice is one layer", () => {
    expect(
      weights(`model M(x: [B, 5]) -> [B, 5] {
        let f = Dense(5)
        return x -> f -> relu -> f -> repeat 3 { f }
      }`),
    ).toEqual(["f.W 5x5"]);
  });

  test("repeat of a call builds one layer per round", () => {
    expect(weights(`model M(x: [B, 5]) -> [B, 5] { return x -> repeat 3 { Dense(5) } }`)).toEqual([
      "Dense_0.W 5x5",
      "Dense_1.W 5x5",
      "Dense_2.W 5x5",
    ]);
  });

  test("a layer passed as configuration is named by its parameter and shared by its uses", () => {
    expect(
      weights(`
        block Twice(inner)(x: [..., D]) -> [..., D] { return x -> inner -> relu -> inner }
        model M(x: [B, 5]) -> [B, 5] { return x -> Twice(Dense(5)) -> Twice(Dense(5)) }`),
    ).toEqual(["Twice_0.inner.W 5x5", "Twice_1.inner.W 5x5"]);
  });

  test("a named layer passed as configuration keeps its name", () => {
    expect(
      weights(`
        block Twice(inner)(x: [..., D]) -> [..., D] { return x -> inner -> relu -> inner }
        model M(x: [B, 5]) -> [B, 5] {
          let f = Dense(5)
          return x -> Twice(f) -> Twice(f)
        }`),
    ).toEqual(["f.W 5x5"]);
  });

  test("a default that builds a layer builds one per instance", () => {
    expect(
      weights(`
        block Wrap(inner = Dense(5))(x: [..., D]) -> [..., D] { return x -> inner }
        model M(x: [B, 5]) -> [B, 5] { return x -> Wrap() -> Wrap() }`),
    ).toEqual(["Wrap_0.inner.W 5x5", "Wrap_1.inner.W 5x5"]);
  });

  test("a shared block applied twice has its inner layers once", () => {
    expect(
      weights(`
        block Tower()(x: [..., D]) -> [..., 3] { return x -> Dense(4) -> Dense(3) }
        model M(x: [B, 5], y: [B, 5]) -> [B, 3] {
          let tower = Tower()
          return tower(x) - tower(y)
        }`),
    ).toEqual(["tower.Dense_0.W 5x4", "tower.Dense_1.W 4x3"]);
  });

  test("an imported alias uses the declared name", async () => {
    const { elaborate } = await import("../../compiler/frontend/index.ts");
    const files: Readonly<Record<string, string>> = {
      "app/main.dlm": `import { Tower as T } from "../lib/tower.dlm"
        model M(x: [B, 5]) -> [B, 3] { return x -> T() }`,
      "lib/tower.dlm": `import { half } from "./maths.dlm"
        block Tower()(x: [..., D]) -> [..., 3] { return half(x) -> Dense(3) }`,
      "lib/maths.dlm": "fn half(x) = x / 2",
    };
    const { modules, diagnostics } = elaborate({
      entry: "app/main.dlm",
      read: (path) => files[path] ?? null,
    });
    expect(diagnostics).toEqual([]);
    expect(modules[0]?.stored.map(({ path }) => path)).toEqual([
      "Tower_0.Dense_0.W",
      "Tower_0.Dense_0.b",
    ]);
  });

  test("params that no result depends on do not exist", () => {
    expect(
      paths(`
        block Scale(shift = false)(x: [..., D]) -> [..., D] {
          param gamma: [D] = 1
          param beta: [D] = 0
          return if shift then x * gamma + beta else x * gamma
        }
        model M(x: [B, 5]) -> [B, 5] { return x -> Scale() }`),
    ).toEqual(["Scale_0.gamma 5"]);
  });

  test("an unnamed layer may not meet a let of its name", () => {
    expect(
      errors(`model M(x: [B, 5]) -> [B, 5] {
        let Dense_0 = Dense(5)
        return x -> Dense_0 -> Dense(5)
      }`),
    ).toEqual(["DLM0207 `Dense_0` is declared twice"]);
  });

  test("a let that names a layer cannot be shadowed", () => {
    expect(
      errors(`model M(x: [B, 5]) -> [B, 5] {
        let f = Dense(5)
        let y = x -> f
        let f = Dense(5)
        return y -> f
      }`),
    ).toEqual(["DLM0207 `f` is declared twice"]);
  });

  test("a value may be shadowed", () => {
    expect(
      weights(`model M(x: [B, 5]) -> [B, 5] {
        let x = x + (x -> Dense(5))
        let x = relu(x)
        return x
      }`),
    ).toEqual(["Dense_0.W 5x5"]);
  });
});
