// `dlm inspect`: counts that can be done by hand, and the code of one layer.

import { describe, expect, onTestFinished, test, vi } from "vitest";
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

  test("`--layer` shows the text of WebAssembly with names, and the line it comes from", async () => {
    const cwd = folderWith({ "net.dlm": linear });
    const args = ["inspect", "net.dlm", "--layer", "Dense_0", "--backend", "wasm"];
    const { code, out } = await runDlm(args, { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/^;; Linear, forward: 1 launch for Dense_0\n\n;; \(x: f32\[B, 7\]/);
    expect(out).toContain("\n;; net.dlm:2:15  return x -> Dense(5) -> tanh -> Dense(3)\n");
    expect(out).toMatch(/^\(func \$dense\w* .*\(param \$\w+ i32\).*\(param \$B i32\)/m);
    expect(out).toMatch(/^ +\(f32x4\.mul$/m);
    expect(out.match(/^\(func /gm)).toHaveLength(1);
  });

  test("without what writes the text of WebAssembly its command is given", async () => {
    vi.doMock("wabt", () => {
      throw new Error("not here");
    });
    onTestFinished(() => void vi.doUnmock("wabt"));
    const cwd = folderWith({ "net.dlm": linear });
    const args = ["inspect", "net.dlm", "--layer", "Dense_1", "--backend", "wasm"];
    const { code, err } = await runDlm(args, { cwd });
    expect(code).toBe(2);
    expect(err).toContain("the text of WebAssembly needs the package `wabt`");
    expect(err).toContain("npm install wabt");
  });

  test("a layer that is none gets a suggestion", async () => {
    const cwd = folderWith({ "net.dlm": linear });
    const { code, err } = await runDlm(["inspect", "net.dlm", "--layer", "Dense_7"], { cwd });
    expect(code).toBe(2);
    expect(err).toMatch(/did you mean `Dense_[01]`\?/);
  });
});

describe("for a GPU", () => {
  const wide = "model Wide(x: [B, 70]) -> [B, 130] {\n  return x -> Dense(130) -> softmax\n}\n";

  test("each launch has its way, what others cost, its workgroups and its work", async () => {
    const [report] = await reportsOf(wide, ["--batch", "65", "--backend", "webgpu"]);
    const [dense, softmax] = report!.entries[0]!.launches!;
    expect(dense).toMatchObject({ way: "tiles of 64 x 64 x 16", times: 1, at: "net.dlm:2:15" });
    // Two tiles of rows, three of columns; a product and a sum per weight, and the bias.
    expect(dense!.workgroups).toEqual([6, 1, 1]);
    expect(dense!.work.flops).toBe(65 * 130 * (2 * 70 + 1));
    expect(dense!.work.bytes).toBe(4 * (65 * 70 + 70 * 130 + 130 + 65 * 130));
    expect(dense!.others.map(({ way }) => way)).toContain("an invocation each");
    for (const { cost } of dense!.others) expect(cost).toBeGreaterThan(dense!.cost);
    expect(softmax!.way).toMatch(/^\d+ lanes for each of \d+$/);
    const lanes = Number(/of (\d+)$/.exec(softmax!.way)![1]);
    expect(softmax!.workgroups).toEqual([Math.ceil(65 / lanes), 1, 1]);
  });

  test("products of halves say what devices with matrices do", async () => {
    const text =
      "model Deep(x: [B, 70]) -> [B, 6] {\n  return x -> Dense(130) -> relu -> Dense(130) -> relu -> Dense(6)\n}\n";
    const args = ["--batch", "65", "--backend", "webgpu"];
    const [report] = await reportsOf(text, [...args, "--precision", "mixed"]);
    const ways = report!.entries[0]!.launches!.map(({ way }) => way);
    expect(ways).toContain("tiles of 64 x 64 x 16; with matrices 64 x 64 x 32");
    const [whole] = await reportsOf(text, args);
    expect(whole!.entries[0]!.launches!.some(({ way }) => way.includes("matrices"))).toBe(false);
  });

  test("attention in blocks of rows is one launch", async () => {
    const text =
      "model Net(x: [B, 300, 8]) -> [B, 300, 8] { return x -> MultiHeadAttention(2, causal = true) }\n";
    const [report] = await reportsOf(text, ["--batch", "3", "--backend", "webgpu"]);
    const found = report!.entries[0]!.launches!.filter(({ way }) => way === "blocks of 64 x 32");
    // Five blocks of rows for each head.
    expect(found.map(({ workgroups }) => workgroups)).toEqual([[3 * 2 * 5, 1, 1]]);
    const [{ cost, others }] = found as [(typeof found)[number]];
    expect(others.map(({ way }) => way)).toEqual(["row by row"]);
    expect(others[0]!.cost).toBeGreaterThan(cost);
  });

  test("launches of one dispatch share its work, and steps of a loop are counted", async () => {
    const text =
      "let T = 12\nmodel Net(x: [B, T, 3]) -> [B, T, 4] { return x -> scan T { Gru(4) } }\n";
    const [report] = await reportsOf(text, ["--batch", "2", "--backend", "webgpu"]);
    const [entry] = report!.entries;
    expect(entry!.launches!.some(({ times }) => times === 12)).toBe(true);
    const flops = entry!.launches!.reduce((n, { times, work }) => n + times * work.flops, 0);
    expect(flops / entry!.cost.flops).toBeCloseTo(1, 1);
  });

  test("the text has a line for each launch", async () => {
    const cwd = folderWith({ "net.dlm": wide });
    const { out } = await runDlm(["inspect", "net.dlm", "--backend", "webgpu"], { cwd });
    expect(out).toMatch(/^ {2}launches of forward$/m);
    expect(out).toMatch(/^ {2}dense +tiles of 64 x 64 x 16 +[\d,]+ +tiles of .+ net\.dlm:2:15$/m);
    expect(out).toMatch(/costs count multiply-adds of one invocation, and open sizes as 256/);
    const { out: other } = await runDlm(["inspect", "net.dlm"], { cwd });
    expect(other).not.toContain("launches of");
  });

  test("`--layer` shows shaders", async () => {
    const cwd = folderWith({ "net.dlm": wide });
    const args = ["inspect", "net.dlm", "--layer", "Dense_0", "--backend", "webgpu"];
    const { code, out } = await runDlm(args, { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/@compute @workgroup_size\(256\)\nfn dense\(/);
    expect(out).not.toContain("function dense");
  });
});
