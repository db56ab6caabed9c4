import { expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";
import { parseBytes, printBytes } from "../../compiler/lower/memory-budget.ts";

const recipe = (memory: string): string => `
train Fit {
  data x: [B, 20], y: [B, 7]
  let net = Dense(7)
  minimize mean((net(x) - y)^2) using Adam()
  batch: 64
  memory: "${memory}"
}`;
const reportsOf = (memory: string): ReturnType<typeof compile> =>
  compile({ entry: "fit.dlm", read: (path) => (path === "fit.dlm" ? recipe(memory) : null) });

test("a recipe within its budget compiles", () => {
  const { diagnostics, modules } = reportsOf("1MB");
  expect(diagnostics).toEqual([]);
  expect(modules).toHaveLength(1);
});

test("a recipe over its budget names the step, what it needs and what takes most", () => {
  const { diagnostics, modules } = reportsOf("2kB");
  expect(modules).toEqual([]);
  expect(diagnostics).toHaveLength(1);
  const [report] = diagnostics;
  expect(report?.code).toBe("DLM0803");
  expect(report?.message).toMatch(/^`step` needs \d+(\.\d+)? kB, the budget is 2kB$/);
  expect(report?.notes[1]).toMatch(/^largest buffers: \w+ [\d.]+ kB/);
});

const frozen = (memory: string): string => `
model Net(x: [B, 600]) -> [B, 5] {
  let body = Dense(600)
  let head = Dense(5)
  return x -> body -> head
}
train Fit {
  data x: [B, 600], y: [B, 5]
  let net = Net()
  minimize mean((net(x) - y)^2) over net.head using Sgd()
  batch: 4
  memory: "${memory}"
}`;

test.each([
  ["2.5MB", undefined],
  ["4MB", "prepare"],
])("within %s weights are prepared only if there is room for both", (memory, prepare) => {
  const text = frozen(memory);
  const { diagnostics, modules } = compile({ entry: "fit.dlm", read: () => text });
  expect(diagnostics).toEqual([]);
  expect(modules.find(({ name }) => name === "Fit")!.prepare).toBe(prepare);
});

test("sizes read and print in powers of ten", () => {
  expect(parseBytes("64MB")).toBe(64e6);
  expect(parseBytes("1.5 kB")).toBe(1500);
  expect(printBytes(243_712)).toBe("244 kB");
  expect(printBytes(12)).toBe("12 B");
});
