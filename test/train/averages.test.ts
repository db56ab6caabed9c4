// Running averages of weights, as a recipe keeps them.

import { expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";

const scales = `
block Scale()(x: [B]) -> [B] {
  param w: float = 1
  return w * x
}
train Fit {
  data x: [B]
  let a = Scale()
  let b = Scale()
  let fixed = Scale()
  step first { minimize mean(a(x) * fixed(x)) over a using Sgd(lr = 0.1) }
  step last { minimize mean(a(x) * b(x)) over b using Sgd(lr = 0.1) }
  ema: 0.75
}`;

test("of all weights that a step updates, moved by the last step, and read by evaluation", () => {
  const module = compileProgram(scales, "Fit");
  const averages = module.stored.flatMap(({ path, storage }) =>
    storage === "average" ? [path] : [],
  );
  expect(averages).toEqual(["a.w:ema", "b.w:ema"]);
  const stored = new Map(
    [...["a.w", "b.w", "fixed.w"], ...averages].map((path, k) => [
      path,
      tensor("f32", [], [k + 1]),
    ]),
  );
  const data = new Map([["x", tensor("f32", [3], [1, 2, 4])]]);
  const storesOf = (name: string): readonly (readonly [string, number])[] =>
    [...interpretEntry(entryOf(module, name), { data, stored }).stores].map(([path, { data }]) => [
      path,
      data[0]!,
    ]);
  expect(storesOf("step_first").map(([path]) => path)).toEqual(["a.w"]);
  const b = 2 - 0.1 * 7;
  const last = new Map(storesOf("step_last"));
  expect([...last.keys()]).toEqual(["b.w", "a.w:ema", "b.w:ema"]);
  expect(last.get("b.w")).toBeCloseTo(b, 6);
  expect(last.get("a.w:ema")).toBeCloseTo(0.75 * 4 + 0.25 * 1, 6);
  expect(last.get("b.w:ema")).toBeCloseTo(0.75 * 5 + 0.25 * b, 6);
  const read = entryOf(module, "evaluate").inputs.flatMap((input) =>
    input.kind === "stored" ? [input.path] : [],
  );
  expect(read).toEqual(["a.w:ema", "b.w:ema", "fixed.w"]);
});

test("an optimizer with a state of that name is refused where it is declared", () => {
  const text = `
optimizer Own(lr = 0.1)(w, g) {
  state ema = 0
  next ema = 0.5 * ema + 0.5 * g
  next w = w - lr * ema
}
model Net(x: [B, 3]) -> [B, 1] { return x -> Dense(1) }
train Fit {
  data x: [B, 3]
  let net = Net()
  minimize mean(net(x)^2) using Own()
  ema: EMA
}
`;
  const reports = (ema: string): readonly (readonly [string, string])[] =>
    compile({ entry: "a.dlm", read: () => text.replace("EMA", ema) }).diagnostics.map(
      ({ code, message }) => [code, message],
    );
  expect(reports("0")).toEqual([]);
  expect(reports("0.9")).toEqual([["DLM0207", "\`ema\` is declared twice"]]);
});
