// What is never a buffer: windows, broadcasts, positions and the masks made of them.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { lower } from "../../compiler/lower/lower.ts";
import { compile } from "../../compiler/pipeline.ts";

/** Ops whose results the entries of a program keep in memory, outputs aside. */
const keptOps = (text: string): readonly string[] => {
  const { modules, diagnostics } = compile({
    entry: "a.dlm",
    read: (path) => (path === "a.dlm" ? text : null),
  });
  expect(diagnostics.filter((d) => d.severity === "error")).toEqual([]);
  return modules.flatMap((module) =>
    lower(module).entries.flatMap(({ slots }) =>
      slots.flatMap(({ role, value }) =>
        role === "temporary" && value?.def.kind === "result" ? [value.def.op.name] : [],
      ),
    ),
  );
};

const recipe = (model: string, x: string): string => `
${model}
train Fit {
  data x: ${x}, y: [B, 3]
  batch: 8
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}`;

const views = ["window", "fold", "broadcast", "iota", "transpose", "constant"];

test("a convolution with pooling keeps no windows, and no padding but that of its operands", () => {
  const kept = keptOps(
    recipe(
      `model Net(x: [B, 12, 10, 2]) -> [B, 3] {
        return x -> Conv(5, 3, pad = "same") -> relu -> Conv(4, 3) -> max_pool(2) -> flatten -> Dense(3)
      }`,
      "[B, 12, 10, 2]",
    ),
  );
  expect(kept).toContain("contract");
  expect(kept.filter((op) => views.includes(op))).toEqual([]);
});

const causal = (features: number): string =>
  recipe(
    `model Net(x: [B, 9, ${features}]) -> [B, 3] {
      let s[b, t, u] = sum[d](x[b, t, d] * x[b, u, d])
      let p[b, t, u] = softmax[u](if u <= t then s[b, t, u] else -inf)
      let y[b, t, d] = sum[u](p[b, t, u] * x[b, u, d])
      return y -> flatten -> Dense(3)
    }`,
    `[B, 9, ${features}]`,
  );

test.each([4, 16])(
  "a causal mask of rows of %d features is computed where it is asked, and never stored",
  (features) => {
    const kept = keptOps(causal(features));
    expect(kept).toContain("contract");
    expect(kept.filter((op) => [...views, "le", "eq"].includes(op))).toEqual([]);
  },
);

test("exponentials of a row that a wide product reads are there only while the kernel of the row works on it", () => {
  expect(keptOps(causal(16))).not.toContain("exp");
});

const examples = new URL("../../examples/", import.meta.url);
const programs = readdirSync(examples, { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".dlm"),
);

test.each(programs)("%s keeps no window, fold, broadcast or position", (path) => {
  const kept = keptOps(readFileSync(new URL(path, examples), "utf8"));
  expect(kept.filter((op) => ["window", "fold", "broadcast", "iota"].includes(op))).toEqual([]);
});
