// `dlm inspect`: counts that can be done by hand, and the code of one layer.

import { describe, expect, test } from "vitest";
import type { ModuleReport } from "../../compiler/cli/inspect/report.ts";
import { tinyProgram } from "./programs.ts";
import { folderWith, runDlm } from "./run-dlm.ts";

const linear = `model Linear(x: [B, 7]) -> [B, 3] {
  return x -> Dense(5) -> tanh -> Dense(3)
}
`;

const reportsOf = async (text: string, args: readonly string[] = []): Promise<ModuleReport[]> => {
  const cwd = folderWith({ "net.dlm": text });
  const { code, out } = await runDlm(["inspect", "net.dlm", "--json", ...args], { cwd });
  expect(code).toBe(0);
  return JSON.parse(out) as ModuleReport[];
};

describe("counts", () => {
  test("parameters and FLOPs of dense layers are what the maths says", async () => {
    const [report] = await reportsOf(linear, ["--batch", "11"]);
    const layers = report!.entries[0]!.layers;
    expect(layers.map(({ path, params }) => [path, params])).toEqual([
      ["Dense_0", 7 * 5 + 5],
      ["Dense_1", 5 * 3 + 3],
    ]);
    // A product and a sum per weight, the bias per value.
    expect(layers[1]!.cost.flops).toBe(11 * 3 * (2 * 5 + 1));
    expect(layers[1]!.cost.bytes).toBe(4 * (11 * 5 + 5 * 3 + 3 + 11 * 3));
    expect(report!.params).toBe(58);
  });

  test("a loop counts once per step", async () => {
    const scanned = (steps: number): string => `let T = ${steps}
cell Squares(x: [B, C]) -> [B, C] {
  state s: [B, C] = 0
  next s = s * 0.5 + x * x
  return next s
}
model Sums(x: [B, T, 7]) -> [B, T, 7] {
  return x -> scan T { Squares() }
}
`;
    for (const steps of [1, 9]) {
      const [report] = await reportsOf(scanned(steps), ["--batch", "3"]);
      const [entry] = report!.entries;
      expect(entry!.cost.flops).toBe(3 * 7 * 3 * steps);
      expect(entry!.loops).toEqual([`loop of ${steps} steps over %s_0`]);
    }
  });

  test("what all elements of a row share is counted once for the row", async () => {
    const text = "model Norm(x: [B, 7]) -> [B, 7] {\n  return x -> LayerNorm()\n}\n";
    const [report] = await reportsOf(text, ["--batch", "11"]);
    // A sum and a division, seven squares of differences and their root, four operations per element.
    expect(report!.entries[0]!.cost.flops).toBe(11 * (7 + 1 + 7 * 3 + 3 + 7 * 4));
  });

  test("grow with the batch", async () => {
    const [[one], [ten]] = [
      await reportsOf(linear, ["--batch", "1"]),
      await reportsOf(linear, ["--batch", "10"]),
    ];
    expect(ten!.entries[0]!.cost.flops).toBe(10 * one!.entries[0]!.cost.flops);
    expect(ten!.entries[0]!.peakBytes).toBeGreaterThan(one!.entries[0]!.peakBytes);
  });

  test("a recipe has its optimizer's values and peak memory that holds all it stores", async () => {
    const [, recipe] = await reportsOf(tinyProgram);
    expect(recipe).toMatchObject({ name: "TinyTrainer", kind: "recipe", params: 32, state: 64 });
    for (const entry of recipe!.entries) expect(entry.peakBytes).toBeGreaterThan(4 * (32 + 64));
  });

  test("FLOPs of the rows add up to those of the entry", async () => {
    for (const { entries } of await reportsOf(tinyProgram))
      for (const { layers, cost } of entries)
        expect(layers.reduce((sum, row) => sum + row.cost.flops, 0)).toBe(cost.flops);
  });
});

describe("text", () => {
  test("a row per layer, a total, and the peak", async () => {
    const cwd = folderWith({ "net.dlm": linear });
    const { out } = await runDlm(["inspect", "net.dlm"], { cwd });
    expect(out).toMatch(/^model Linear: 58 parameters \(232 B\), 2 kernels\n/);
    expect(out).toMatch(/^ {2}Dense_0 +\[B, 5\] +40 /m);
    expect(out).toMatch(/^ {2}total +58 /m);
    expect(out).toMatch(/^ {2}peak memory \d+ B$/m);
  });

  test("whether a model runs one position at a time, what that costs, and why it does not", async () => {
    const causal = "model Net(x: [B, T, 3]) -> [B, T, 4] { return x -> scan T { Gru(4) } }\n";
    const mixed = causal.replace("scan T", "scan T reverse");
    const cwd = folderWith({ "causal.dlm": causal, "mixed.dlm": mixed });
    const { out } = await runDlm(["inspect", "causal.dlm"], { cwd });
    expect(out).toMatch(/^ {2}steps along T$/m);
    expect(out).toMatch(/^ {2}step +\d+ +\d+ /m);
    const { out: why } = await runDlm(["inspect", "mixed.dlm"], { cwd });
    expect(why).toMatch(/^ {2}no steps along T: it scans T in reverse \(mixed.dlm:1:52\)$/m);
    expect(why).not.toMatch(/^ {2}step /m);
  });

  test("`--layer` shows the kernels of a layer with the line they come from", async () => {
    const cwd = folderWith({ "net.dlm": linear });
    const { code, out } = await runDlm(["inspect", "net.dlm", "--layer", "Dense_0"], { cwd });
    expect(code).toBe(0);
    expect(out).toContain("// Linear, forward: 1 launch for Dense_0");
    expect(out).toMatch(/\/\/ .*\.dlm:\d+:\d+ /);
    expect(out).toMatch(/function \w+\(f: Float32Array/);
  });

  test("a layer that is none gets a suggestion", async () => {
    const cwd = folderWith({ "net.dlm": linear });
    const { code, err } = await runDlm(["inspect", "net.dlm", "--layer", "Dense_7"], { cwd });
    expect(code).toBe(2);
    expect(err).toMatch(/did you mean `Dense_[01]`\?/);
  });
});
