// `--tuned`: kernels as they were measured to be fastest, and what `dlm inspect` says of that.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Tuned } from "../../compiler/backends/wgsl/tuned.ts";
import { wholeWaysOf } from "../../compiler/backends/wgsl/plan-launches.ts";
import type { WholeWay } from "../../compiler/backends/wgsl/plan-launches.ts";
import type { LaunchRow } from "../../compiler/cli/inspect/launch-rows.ts";
import type { ModuleReport } from "../../compiler/cli/inspect/report.ts";
import { webgpu } from "../../compiler/costs/webgpu.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { compile } from "../../compiler/pipeline.ts";
import { keyOfFirst, tunedFile, tunedFor, tunedWay } from "../backends/wgsl/tuned-file.ts";
import { folderWith, runDlm } from "./run-dlm.ts";

const net = "model Net(x: [B, 70]) -> [B, 130] {\n  return x -> Dense(130) -> softmax\n}\n";

const fileWith = (way: string): Tuned =>
  tunedFile({
    [keyOfFirst(net)]: tunedWay(way, {
      kernel: "dense",
      model: { way: "tiles of 64 x 64 x 16", microseconds: 34560 },
    }),
  });

const folder = (tuned: Tuned): string =>
  folderWith({ "net.dlm": net, "t.json": JSON.stringify(tuned) });
const on = ["--backend", "webgpu", "--tuned", "t.json"];

describe("`--tuned`", () => {
  test("changes the shaders that are written", async () => {
    const cwd = folder(fileWith("an invocation each"));
    const written = async (...args: readonly string[]): Promise<string> => {
      const { code, err } = await runDlm(["compile", "net.dlm", ...args], { cwd });
      expect(code, err).toBe(0);
      expect(err).not.toContain("warning");
      return readFileSync(join(cwd, "net.dlm.ts"), "utf8");
    };
    const byCost = await written("--backend", "webgpu");
    const tuned = await written(...on);
    expect(byCost).toMatch(/@workgroup_size\(256\)\s+fn dense/);
    expect(tuned).toMatch(/@workgroup_size\(64\)\s+fn dense/);
  });

  test("in `inspect`: what was measured, and that the rest is by cost", async () => {
    const cwd = folder(fileWith("tiles of 32 x 128 x 16"));
    const { out, err } = await runDlm(["inspect", "net.dlm", ...on], { cwd });
    expect(err).toBe("");
    expect(out).toMatch(
      /^ {2}dense +tiles of 32 x 128 x 16 +[\d,]+ +measured 2 µs \(by cost tiles of 64 x 64 x 16, 34\.6 ms\) /m,
    );
    expect(out).toMatch(/^ {2}e0 +.* by cost /m);
    const json = await runDlm(["inspect", "net.dlm", "--json", ...on], { cwd });
    const [report] = JSON.parse(json.out) as [ModuleReport];
    const [dense, softmax] = report.entries[0]!.launches!;
    expect(dense!.measured).toMatchObject({ way: dense!.way, microseconds: 2 });
    expect(dense!.others.map(({ way }) => way)).toContain("an invocation each");
    expect(softmax!.measured).toBeNull();
    const layer = ["inspect", "net.dlm", "--layer", "Dense_0"];
    const { out: shader } = await runDlm([...layer, ...on], { cwd });
    const { out: other } = await runDlm([...layer, "--backend", "webgpu"], { cwd });
    expect(shader).not.toBe(other);
  });

  test("in `inspect`: attention that is measured as a whole, and blocks where it is not in blocks", async () => {
    const text =
      "model Net(x: [B, 300, 8]) -> [B, 300, 8] { return x -> MultiHeadAttention(2, causal = true) }\n";
    const { modules } = compile({ entry: "net.dlm", read: () => text });
    const { kernels } = lower(modules[0]!, { target: webgpu });
    const found = kernels.filter(({ kernel }) => wholeWaysOf(kernel).length === 2);
    const [blocks, rows] = wholeWaysOf(found[0]!.kernel);
    expect([found.length, blocks!.text, rows!.text]).toEqual([
      1,
      "blocks of 64 x 32",
      "row by row",
    ]);
    const cwd = folderWith({ "net.dlm": text });
    const launchOf = async (tuned: Tuned): Promise<LaunchRow> => {
      writeFileSync(join(cwd, "t.json"), JSON.stringify(tuned));
      const { out, err } = await runDlm(["inspect", "net.dlm", "--json", ...on], { cwd });
      expect(err).toBe("");
      const [report] = JSON.parse(out) as [ModuleReport];
      const all = report.entries[0]!.launches!;
      const named = all.filter(({ way, others }) =>
        [way, ...others.map((other) => other.way)].includes("blocks of 64 x 32"),
      );
      expect(named).toHaveLength(1);
      return named[0]!;
    };
    const byCost = await launchOf(tunedFile({}));
    expect([byCost.way, byCost.measured]).toEqual(["blocks of 64 x 32", null]);
    const costOf = ({ plan }: WholeWay): number =>
      plan.launches.reduce((n, one) => n + one.cost, 0);
    expect(byCost.others).toEqual([{ way: "row by row", cost: costOf(rows!) }]);
    const measured = await launchOf(tunedFor("kernel", found[0]!.kernel, "row by row"));
    expect(measured.way).not.toContain("blocks");
    expect(measured.measured).toMatchObject({ way: "row by row", microseconds: 2 });
    expect(measured.others).toContainEqual({ way: "blocks of 64 x 32", cost: costOf(blocks!) });
  });

  test("with a way that is none any more warns once, and writes what costs say", async () => {
    const cwd = folder(fileWith("by hand"));
    const { code, err } = await runDlm(["compile", "net.dlm", ...on], { cwd });
    expect(code).toBe(0);
    expect(err.match(/^warning: t\.json: `dense` was measured .* `by hand`/gm)).toHaveLength(1);
    const tuned = readFileSync(join(cwd, "net.dlm.ts"), "utf8");
    await runDlm(["compile", "net.dlm", "--backend", "webgpu"], { cwd });
    expect(tuned).toBe(readFileSync(join(cwd, "net.dlm.ts"), "utf8"));
    const { out, err: said } = await runDlm(["inspect", "net.dlm", ...on], { cwd });
    expect(said.match(/warning/g)).toHaveLength(1);
    expect(out).not.toContain("measured");
  });

  test("of a file that is none says so", async () => {
    const cwd = folder(fileWith("an invocation each"));
    writeFileSync(join(cwd, "t.json"), "{}");
    const { code, err } = await runDlm(["compile", "net.dlm", ...on], { cwd });
    expect(code).not.toBe(0);
    expect(err).toContain("t.json: these are no measured kernels; `dlm tune` writes such files");
    const missing = await runDlm(["compile", "net.dlm", "--tuned", "no.json"], { cwd });
    expect(missing.err).toContain("there is no file no.json");
  });

  test("is for a GPU alone", async () => {
    const cwd = folder(fileWith("an invocation each"));
    const { code, err } = await runDlm(["compile", "net.dlm", "--tuned", "t.json"], { cwd });
    expect(code).not.toBe(0);
    expect(err).toContain("measured kernels are those of a GPU");
    expect(err).toContain("add `--backend webgpu`");
  });
});
