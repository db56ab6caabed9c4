// A model as a module: entry, sizes, checks, extra results, what the host checks of the data.

import { describe, expect, test } from "vitest";
import { elaborate } from "../../compiler/frontend/index.ts";
import type { ElaborateOptions } from "../../compiler/frontend/index.ts";
import { compileModel, errors, numbers, runModel } from "../frontend-values/run-model.ts";

const moduleOf = (text: string, options: Partial<ElaborateOptions> = {}) => {
  const { modules, diagnostics } = elaborate({ entry: "t.dlm", read: () => text, ...options });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return modules[0]!;
};

describe("models", () => {
  const text = `/// Two layers.
    model Mlp(hidden = 7)(x: [B, 5]) -> (score: [B, 2], code: [B, hidden]) {
      let code = x -> Dense(hidden) -> tanh
      let score = code -> Dense(2)
      return score, code
    }`;

  test("have one entry with named results and the comment above them", () => {
    const module = moduleOf(text);
    expect(module.model).toEqual({
      name: "Mlp",
      doc: "Two layers.",
      forward: "forward",
      prefix: "",
    });
    expect(module.entries[0]?.outputs).toEqual([
      { kind: "result", name: "score" },
      { kind: "result", name: "code" },
    ]);
    expect(module.sizes).toEqual([{ name: "B", max: null }]);
  });

  test("give tensors; anything else is told", () => {
    const of = (body: string) => errors(`model M(x: [3, 4]) { return ${body} }`);
    expect(of("split(x, 2), sum(x)")).toEqual([
      "DLM0304 expected tensors as results, this is 2 values",
    ]);
    expect(of('"s"')).toHaveLength(1);
  });

  test("can be fixed to a size", () => {
    const module = moduleOf(text, { specialize: { B: 3 } });
    expect(module.sizes).toEqual([]);
    expect(module.entries[0]?.graph.inputs[0]?.type.shape).toEqual([3, 5]);
  });

  test("hand out a named let on request", () => {
    const plain = "model M(x: [B, 5]) -> [B, 2] { let h = x -> Dense(3)\n return h -> Dense(2) }";
    const [entry] = moduleOf(plain, { outputs: ["h"] }).entries;
    expect(entry?.outputs).toEqual([
      { kind: "result", name: "" },
      { kind: "result", name: "h" },
    ]);
    expect(entry?.graph.outputs[1]?.type.shape[1]).toBe(3);
  });

  test("only the asked declarations are elaborated", () => {
    const two = `${text}\nmodel Other(x: [B, 5]) -> [B, 5] { return x }`;
    const { modules } = elaborate({ entry: "t.dlm", read: () => two, names: ["Other"] });
    expect(modules.map(({ name }) => name)).toEqual(["Other"]);
  });

  test("configuration without a default is given by the recipe, so there is no module", () => {
    const { modules, diagnostics } = elaborate({
      entry: "t.dlm",
      read: () => "model M(n)(x: [B, 5]) -> [B, n] { return x -> Dense(n) }",
    });
    expect(modules).toEqual([]);
    expect(diagnostics).toEqual([]);
  });

  test("`step` has no meaning in a block, nor in a function that it calls", () => {
    const misplaced =
      "DLM0315 `step` does not belong in a block: only recipes and optimizers count steps";
    expect(errors("model M(x: [B, 5]) -> [B, 5] { return x * step }")).toEqual([misplaced]);
    expect(errors("fn f(x) = x / step\nmodel M(x: [B, 5]) -> [B, 5] { return f(x) }")).toEqual([
      misplaced,
    ]);
  });

  test("bounds of sizes are kept, and prove slices", () => {
    const module = moduleOf(`model M(ctx = 6)(x: [B, T <= ctx, 2]) -> [B, T, 2] {
      param p: [ctx, 2] = 1
      return x + p[:T]
    }`);
    expect(module.sizes).toEqual([
      { name: "B", max: null },
      { name: "T", max: 6 },
    ]);
    expect(module.entries[0]?.checks).toEqual([]);
  });

  test("a division of a symbolic size is checked when sizes are bound", () => {
    const module = compileModel(
      "model M(x: [B, T, 2]) -> [B, T / 2, 2, 2] { return reshape(x, [B, T / 2, 2, 2]) }",
    );
    expect(module.entries[0]?.checks[0]).toMatchObject({
      code: "DLM0405",
      message: "`T / 2` is not a whole number",
      condition: { kind: "divides", by: 2 },
    });
  });

  test("a require on symbolic sizes becomes a check", () => {
    const module = compileModel(`model M(x: [B, T]) -> [B, T] {
      require T >= 3 and B % 2 == 0, "too short"
      return x
    }`);
    expect(module.entries[0]?.checks.map(({ code, message }) => [code, message])).toEqual([
      ["DLM0410", "too short"],
      ["DLM0410", "too short"],
    ]);
  });

  test("`require T == S` makes the two sizes one from there on", () => {
    const text = `
      model M(x: [T, 3], y: [S, 3]) -> [T, 3] {
        require T == S, "as many of both"
        return x + 2 * y
      }`;
    expect(compileModel(text).entries[0]?.checks).toMatchObject([
      { code: "DLM0410", message: "as many of both", condition: { kind: "equal" } },
    ]);
    const [x, y] = [numbers([4, 3]), numbers([4, 3], 2)];
    const [result] = runModel(text, { x, y });
    expect(result?.shape).toEqual([4, 3]);
    result?.data.forEach((value, i) => expect(value).toBeCloseTo(x.data[i]! + 2 * y.data[i]!, 12));
    expect(errors(text.replace(/require.*/, ""))).toHaveLength(1);
  });

  test("an input used as an index is checked on the host", () => {
    const module = compileModel(
      "model M(i: int[B, 3], x: [B, 3]) -> [B, 3, 4] { return i -> Embedding(10, 4) }",
    );
    expect(module.entries[0]?.inputs).toMatchObject([
      { kind: "data", name: "i", range: { hi: 10 } },
      { kind: "data", name: "x", range: null },
      { kind: "stored", path: "Embedding_0.W" },
    ]);
  });

  test("defaults of data parameters are broadcast to their declared type", () => {
    const x = numbers([2, 3]);
    const values = runModel(
      `block Scale()(x: [B, C], by: [C] = 2, mask: bool[B] = true) -> [B, C] {
        let y[b, c] = if mask[b] then x[b, c] * by[c] else 0
        return y
      }
      model M(x: [2, 3]) -> [2, 3] { return x -> Scale() }`,
      { x },
    )[0]!;
    values.data.forEach((value, i) => expect(value).toBeCloseTo(2 * x.data[i]!, 12));
  });

  test("constants of the file are looked up when needed, in any order", () => {
    const module = moduleOf(`model M(x: [B, N]) -> [B, N] { return x -> Dense(N) }
      let N = 2 * HALF
      let HALF = 4`);
    expect(module.stored[0]?.type.shape).toEqual([8, 8]);
    expect(errors("let A = B\nlet B = A\nmodel M(x: [C, 2]) -> [C, 2] { return x * A }")).toEqual([
      "DLM0214 `B` uses itself",
    ]);
  });
});
