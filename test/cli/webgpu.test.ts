// `--backend webgpu`: commands that run on a device give what they give on this thread.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needsSwiftShader, hasSwiftShader, useSwiftShader } from "../backends/wgsl/device.ts";
import { tinyProgram, tinyRows } from "./programs.ts";
import { folderWith, runDlm } from "./run-dlm.ts";

const tiny = (): string => folderWith({ "net.dlm": tinyProgram, "data.csv": tinyRows(61) });

/** The numbers of a text, in order. */
const numbersIn = (text: string): readonly number[] =>
  [...text.matchAll(/-?\d+\.\d+(e-\d+)?/g)].map(([number]) => Number(number));

test.skipIf(!hasSwiftShader)(
  `training, evaluation and predictions on a device are those of this thread (${needsSwiftShader})`,
  { timeout: 120_000 },
  async () => {
    useSwiftShader();
    const cwd = tiny();
    const results = [];
    for (const backend of ["typescript", "webgpu"]) {
      const on = ["--backend", backend];
      const data = ["--data", "data.csv"];
      const trained = await runDlm(["train", "net.dlm", ...data, "--out", backend, ...on], { cwd });
      expect(trained.code, trained.err).toBe(0);
      expect(trained.err.includes("SwiftShader")).toBe(backend === "webgpu");
      const weights = ["--weights", join(backend, "model.safetensors")];
      const measured = await runDlm(["evaluate", "net.dlm", ...data, ...weights, ...on], { cwd });
      const predicted = await runDlm(["predict", "net.dlm", ...data, ...weights, "--json", ...on], {
        cwd,
      });
      expect([measured.code, predicted.code], measured.err + predicted.err).toEqual([0, 0]);
      const saved = readFileSync(join(cwd, backend, "model.safetensors"));
      results.push({
        measured: numbersIn(measured.out),
        predicted: numbersIn(predicted.out),
        bytes: saved.length,
      });
    }
    const [thread, device] = results;
    expect(device!.bytes).toBe(thread!.bytes);
    expect(device!.measured.length).toBeGreaterThan(1);
    expect(device!.predicted.length).toBeGreaterThan(61);
    for (const [k, number] of [...device!.measured, ...device!.predicted].entries())
      expect(number).toBeCloseTo([...thread!.measured, ...thread!.predicted][k]!, 3);
  },
);

test("a module compiled for WebGPU holds its shaders", async () => {
  const cwd = tiny();
  const { code, err } = await runDlm(["compile", "net.dlm", "--backend", "webgpu"], { cwd });
  expect(code, err).toBe(0);
  const text = readFileSync(join(cwd, "net.dlm.ts"), "utf8");
  expect(text).toContain("@compute @workgroup_size(64)");
  expect(text).toContain("open: /* @__PURE__ */ webgpuHost(");
});

test("an unknown backend is refused with those there are", async () => {
  const { code, err } = await runDlm(["train", "net.dlm", "--backend", "cuda"], { cwd: tiny() });
  expect(code).toBe(2);
  expect(err).toContain("typescript, wasm, webgpu");
});
