// `dlm import`, and `dlm train --weights` from what it wrote.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../../runtime/safetensors.ts";
import { tinyProgram, tinyRows } from "./programs.ts";
import { folderWith, runDlm } from "./run-dlm.ts";

const f32 = (shape: readonly number[]) => {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: count }, (_, i) => i / 8);
  return { dtype: "F32", shape, bytes: new Uint8Array(data.buffer) };
};
const saved = writeSafetensors(
  new Map([
    ["body.weight", f32([5, 3])],
    ["body.bias", f32([5])],
    ["fc.weight", f32([9, 5])],
  ]),
);
const names = (map: unknown) => JSON.stringify(map);
const good = { body: "Dense_0", fc: null };
const folder = (map: string) =>
  folderWith({
    "net.dlm": tinyProgram,
    "data.csv": tinyRows(61),
    "torch.safetensors": saved,
    "names.json": map,
  });
const command = [
  "import",
  "net.dlm",
  "--from",
  "torch.safetensors",
  "--map",
  "names.json",
  "--out",
  "in.safetensors",
];

test("a body is imported, the head is drawn, and training starts from both", async () => {
  const cwd = folder(names(good));
  const { code, err } = await runDlm([...command, "--fresh", "Dense_1"], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: "32 parameters in in.safetensors\n" });
  const { tensors } = readSafetensors(readFileSync(join(cwd, "in.safetensors")));
  const weight = new Float32Array(new Uint8Array(tensors.get("Dense_0.W")!.bytes).buffer);
  expect([...weight].slice(0, 5)).toEqual([0, 3, 6, 9, 12].map((i) => i / 8));
  const train = ["train", "net.dlm", "--data", "data.csv", "--steps", "1", "--json", "--out"];
  const ran = await runDlm([...train, "run", "--weights", "in.safetensors"], { cwd });
  expect(ran.code).toBe(0);
  const after = readSafetensors(readFileSync(join(cwd, "run/model.safetensors"))).tensors;
  const moved = new Float32Array(new Uint8Array(after.get("Dense_0.W")!.bytes).buffer);
  // Adam's first step moves no weight by more than its rate.
  moved.forEach((value, i) => expect(Math.abs(value - weight[i]!)).toBeLessThan(0.0501));
});

test.each([
  ["what is missing", names(good), 1, "nothing is mapped to `Dense_1.W` [5, 2]"],
  ["a map that is no JSON", "{", 2, "names.json is not JSON"],
  ["a map of something else", names({ body: 3 }), 2, "names.json does not map modules to layers"],
])("%s is told", async (_what, map, code, text) => {
  const ran = await runDlm(command, { cwd: folder(map) });
  expect(ran.err).toContain(text);
  expect(ran.code).toBe(code);
});

test("two places to start from are one too many", async () => {
  const { err } = await runDlm(
    ["train", "net.dlm", "--data", "data.csv", "--weights", "a", "--resume", "b"],
    { cwd: folder(names(good)) },
  );
  expect(err).toContain("--weights and --resume both say where to start");
});
