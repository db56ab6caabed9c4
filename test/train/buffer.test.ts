import { describe, expect, test } from "vitest";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";

const counted = (body: string): ReturnType<typeof compileProgram> =>
  compileProgram(
    `
block Count()(x: [B]) -> [B] {
  param w: float = 1
  buffer seen: float = 0
  next seen = 2 * seen + sum(x)
  return w * x + (if training then 0 else seen)
}
train Fit {
  data x: [B]
  let count = Count()
  let other = Scale()
  ${body}
}
block Scale()(x: [B]) -> [B] {
  param w: float = 1
  return w * x
}`,
    "Fit",
  );

const run = (module: ReturnType<typeof compileProgram>): ReadonlyMap<string, number> => {
  const stored = new Map(
    module.stored.map((one) => [one.path, tensor("f32", [], [one.storage === "param" ? 1 : 5])]),
  );
  const data = new Map([["x", tensor("f32", [3], [1, 2, 4])]]);
  const { stores } = interpretEntry(entryOf(module, "step"), { data, stored });
  return new Map([...stores].map(([path, value]) => [path, value.data[0]!]));
};

test("two applications update a buffer twice, the second from what the first left", () => {
  const module = counted("minimize mean(count(x) + count(2 * x)) using Sgd(lr = 0.1)");
  expect(run(module).get("count.seen")).toBe(2 * (2 * 5 + 7) + 14);
});

test("a frozen net updates its buffers too", () => {
  const module = counted("minimize mean(other(count(x))) over other using Sgd(lr = 0.1)");
  const stores = run(module);
  expect(stores.get("count.seen")).toBe(2 * 5 + 7);
  expect(stores.has("count.w")).toBe(false);
});

test("an application that only a metric needs updates nothing", () => {
  const module = counted(
    "minimize mean(other(x)) using Sgd(lr = 0.1)\n  metric m = mean(count(x))",
  );
  expect(run(module).has("count.seen")).toBe(false);
});

test("a buffer that no result reads does not exist", () => {
  const module = compileProgram(
    `
block Idle()(x: [B]) -> [B] {
  param w: float = 1
  buffer seen: float = 0
  next seen = seen + 1
  return w * x
}
train Fit {
  data x: [B]
  let idle = Idle()
  minimize mean(idle(x)) using Sgd(lr = 0.1)
}`,
    "Fit",
  );
  expect(module.stored.map(({ path }) => path)).toEqual(["idle.w"]);
});

describe("no gradient goes through a buffer", () => {
  const leaking = (result: string, use: string): string => `
block Keep()(x: [B]) -> [B] {
  param w: float = 3
  buffer seen: float = 0
  next seen = seen + mean(w * x)
  return ${result}
}
model Steps(x: [B, T]) -> [B, T] { return x -> scan T { Keep() } }
train Fit {
  data x: [B]
  let keep = Keep()
  let steps = Steps()
  minimize ${use} using Sgd(lr = 1.0)
}`;
  const data = new Map([["x", tensor("f32", [2], [1, 3])]]);
  /** What one step takes off the weight. */
  const moved = (text: string, path: string): number => {
    const module = compileProgram(text, "Fit");
    const stored = new Map(
      module.stored.map((one) => [one.path, tensor("f32", [], [one.storage === "param" ? 3 : 5])]),
    );
    const { stores } = interpretEntry(entryOf(module, "step"), { data, stored });
    return 3 - stores.get(path)!.data[0]!;
  };

  test("from one application into a later one of the same step", () => {
    // The second application reads 5 + 3 * 4; the first counts for nothing.
    const text = leaking("w * x * seen", "mean(0 * keep(2 * x) + keep(x))");
    expect(moved(text, "keep.w")).toBe(17 * 2);
  });
  test("nor by its new value within one", () => {
    // next seen is 5 + 3 * 2.
    expect(moved(leaking("w * x * next seen", "mean(keep(x))"), "keep.w")).toBe(11 * 2);
  });
  test("nor from one step of a scan to the next", () => {
    // At the second position seen is 5 + 6: gradients are 5 * 2 and 11 * 2.
    const use = "sum(mean(steps(stack(x, x, 1)), over = 0))";
    expect(moved(leaking("w * x * seen", use), "steps.Keep_0.w")).toBe(5 * 2 + 11 * 2);
  });
});
