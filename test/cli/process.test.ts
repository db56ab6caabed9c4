// The built package as a process of its own: `bin.mjs` on `dist`, under plain Node.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasSwiftShader, needsSwiftShader, useSwiftShader } from "../backends/wgsl/device.ts";
import { tinyProgram, tinyRows } from "./programs.ts";
import { folderWith, root } from "./run-dlm.ts";

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

const bin = join(root, "compiler/cli/bin.mjs");

/** `onErr` sees standard error so far, and may send signals; `flags` are Node's. */
const runBin = (
  args: readonly string[],
  cwd: string,
  onErr: (err: string, interrupt: () => void) => void = () => {},
  flags: readonly string[] = [],
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, bin, ...args], { cwd });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => void (out += String(chunk)));
    child.stderr.on("data", (chunk: Buffer) => {
      err += String(chunk);
      onErr(err, () => void child.kill("SIGINT"));
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });

test("the package is built before its tests run", () => {
  expect(existsSync(join(root, "dist/compiler/cli/main.js"))).toBe(true);
});

test("checks, trains, evaluates and predicts from any folder", async () => {
  const cwd = folderWith({ "net.dlm": tinyProgram, "data.csv": tinyRows(40) });
  expect(await runBin(["check", "net.dlm"], cwd)).toMatchObject({ code: 0 });
  const data = ["--data", "data.csv"];
  const trained = await runBin(["train", "net.dlm", ...data, "--out", "run", "--quiet"], cwd);
  expect(trained).toMatchObject({ code: 0, err: "" });
  const evaluated = await runBin(["evaluate", "net.dlm", ...data, "--weights", "run"], cwd);
  expect(evaluated.out.replace(/^data +/, "")).toBe(trained.out.replace(/^train +/, ""));
  const predicted = await runBin(["predict", "net.dlm", ...data, "--weights", "run"], cwd);
  expect(predicted.out.trim().split("\n")).toHaveLength(41);
});

test("finds what users install for a GPU and for the text of WebAssembly where they have it", async () => {
  const cwd = folderWith({ "net.dlm": tinyProgram, "data.csv": tinyRows(40) });
  const onGpu = ["train", "net.dlm", "--data", "data.csv", "--backend", "webgpu", "--steps", "1"];
  const trained = await runBin([...onGpu, "--quiet"], cwd);
  // Without a driver that is what it says; with one it trains.
  expect(trained.err).not.toContain("needs the package");
  const inspected = await runBin(
    ["inspect", "net.dlm", "--layer", "Dense_0", "--backend", "wasm"],
    cwd,
  );
  expect(inspected).toMatchObject({ code: 0, err: "" });
  expect(inspected.out).toContain("(func ");
});

test.skipIf(!hasSwiftShader)(`tunes on a device (${needsSwiftShader})`, async () => {
  useSwiftShader();
  const net = `model Net(x: [B, 40]) -> [B, 40] { return softmax(x) }\n`;
  const cwd = folderWith({ "net.dlm": net });
  const args = ["tune", "net.dlm", "--batch", "3", "--top", "2"];
  const tuned = await runBin(args, cwd);
  expect(tuned.code, tuned.err).toBe(0);
  expect(existsSync(join(cwd, "tuned.json"))).toBe(true);
});

test("an engine without WebAssembly: says what runs there, and that does", async () => {
  const cwd = folderWith({ "net.dlm": tinyProgram, "data.csv": tinyRows(40) });
  const args = ["train", "net.dlm", "--data", "data.csv", "--quiet"];
  const refused = await runBin(args, cwd, undefined, ["--jitless"]);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain("error: this engine or processor has no WebAssembly with SIMD");
  expect(refused.err).toContain("help: add `--backend typescript`");
  const trained = await runBin([...args, "--backend", "typescript"], cwd, undefined, ["--jitless"]);
  expect(trained.code, trained.err).toBe(0);
  expect(trained.out).toContain("accuracy");
});

test("writes a module that is TypeScript", async () => {
  const cwd = folderWith({ "net.dlm": tinyProgram });
  const { code } = await runBin(["compile", "net.dlm"], cwd);
  expect(code).toBe(0);
  expect(existsSync(join(cwd, "net.dlm.ts"))).toBe(true);
});

test("SIGINT ends the run after the step with a checkpoint and exit code 130", async () => {
  const cwd = folderWith({ "net.dlm": tinyProgram, "data.csv": tinyRows(400) });
  const args = ["train", "net.dlm", "--data", "data.csv", "--epochs", "100000", "--out", "run"];
  let sent = false;
  const ended = await runBin(args, cwd, (err, interrupt) => {
    if (sent || !err.includes("examples to learn from")) return;
    sent = true;
    interrupt();
  });
  expect(ended.code).toBe(130);
  expect(ended.err).toContain("saved in run/checkpoint.safetensors");
  expect(existsSync(join(cwd, "run/checkpoint.safetensors"))).toBe(true);
});

test("a wrong program ends with 1, wrong usage with 2", async () => {
  const cwd = folderWith({ "net.dlm": "model Net(x: [B, 4]) -> [B, 3] {\n  return y\n}\n" });
  expect((await runBin(["check", "net.dlm"], cwd)).code).toBe(1);
  expect((await runBin(["chekc", "net.dlm"], cwd)).code).toBe(2);
});
