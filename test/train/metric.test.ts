import { describe, expect, test } from "vitest";
import type { HostExpr, Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf, evaluateHost, interpretEntry } from "../goldens/interpret-entry.ts";

const scores = [0.5, -1, 2, 0.25, -0.75, 1.5, -2];
const targets = [1, 0, 1, 1, 0, 0, 1];

const moduleOf = (metric: string): Module =>
  compileProgram(
    `
train Fit {
  data x: [B], y: [B]
  let w = Scale()
  let z = w(x)
  let loss = mean((z - y)^2)
  minimize loss using Sgd()
  metric m = ${metric}
}
block Scale()(x: [B]) -> [B] {
  param a: float = 2
  return a * x
}`,
    "Fit",
  );

/** Replaces accumulators by their folded values. */
const withAccumulators = (expr: HostExpr, folded: readonly number[]): HostExpr =>
  expr.kind === "accumulator"
    ? { kind: "number", value: folded[expr.index]! }
    : expr.kind === "call"
      ? { ...expr, args: expr.args.map((arg) => withAccumulators(arg, folded)) }
      : expr;

/** Evaluates the set in batches of the given sizes. */
const evaluate = (module: Module, sizes: readonly number[]): ReadonlyMap<string, number> => {
  const entry = entryOf(module, "evaluate");
  const folds = entry.outputs.map((output) =>
    output.kind === "accumulator" ? output.fold : "sum",
  );
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const batches = sizes.map((size, i) => {
    const part = (values: readonly number[]): Tensor =>
      tensor("f32", [size], values.slice(starts[i]!, starts[i]! + size));
    const data = new Map([
      ["x", part(scores)],
      ["y", part(targets)],
    ]);
    const stored = new Map([["w.a", tensor("f32", [], [2])]]);
    return interpretEntry(entry, { data, stored }).outputs.map((value) => value.data[0]!);
  });
  const folded = folds.map((fold, i) => {
    const values = batches.map((batch) => batch[i]!);
    if (fold === "max") return Math.max(...values);
    return fold === "min" ? Math.min(...values) : values.reduce((a, b) => a + b, 0);
  });
  return new Map(
    module.train!.metrics.map(({ name, value }) => [
      name,
      evaluateHost(withAccumulators(value, folded), 1),
    ]),
  );
};

describe("a metric over ragged batches is the metric over the whole set", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["a mean", "mean(z)"],
    ["a function of a mean", "exp(loss)"],
    ["a root of a mean", "sqrt(mean((z - y)^2))"],
    ["a share", "mean((z > 0) == (y > 0.5))"],
    ["a quotient of two sums", "sum(z * y) / sum(abs(z))"],
    ["the largest", "max(z)"],
    ["the smallest", "min(z)"],
    ["F1", "f1(z > 0, y > 0.5)"],
    ["a number of the weights alone", "sum(w.a^2)"],
  ];
  for (const [title, metric] of cases)
    test(title, () => {
      const module = moduleOf(metric);
      const whole = evaluate(module, [7]);
      const ragged = evaluate(module, [3, 3, 1]);
      expect(ragged.get("m")).toBeCloseTo(whole.get("m")!, 12);
      expect(ragged.get("loss")).toBeCloseTo(whole.get("loss")!, 12);
    });

  test("a metric without a reduction over the data is averaged by batch size", () => {
    const module = moduleOf("z[0]");
    const [first, second] = [2 * scores[0]!, 2 * scores[4]!];
    expect(evaluate(module, [4, 3]).get("m")).toBeCloseTo((4 * first + 3 * second) / 7, 12);
  });
});
