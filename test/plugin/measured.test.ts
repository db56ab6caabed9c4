// The plugin's options `figures` and `tuned`: files of what a GPU was measured to do, read where .dlm files are compiled.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { transformModule } from "../../compiler/plugin/transform-module.ts";
import type {
  TransformedModule,
  TransformOptions,
} from "../../compiler/plugin/transform-module.ts";
import type { ErrorCode } from "../../runtime/errors.ts";
import { commonFigures } from "../../runtime/webgpu/figures.ts";
import { keyOfFirst, tunedFile, tunedWay } from "../backends/wgsl/tuned-file.ts";
import { folderWith } from "../cli/run-dlm.ts";
import { expectError } from "../runtime/errors.ts";

const net = "model Net(x: [B, 70]) -> [B, 130] {\n  return x -> Dense(130)\n}\n";
const figuresWith = (barrier: number): string =>
  JSON.stringify({
    format: "dlm-figures-1",
    device: "a",
    figures: { ...commonFigures, barrier },
    rates: {},
  });
const tunedWith = (way: string): string =>
  JSON.stringify(tunedFile({ [keyOfFirst(net)]: tunedWay(way) }));

const folder = (): string =>
  folderWith({
    "net.dlm": net,
    "figures.json": figuresWith(1e6),
    "tuned.json": tunedWith("an invocation each"),
  });
const transformed = (cwd: string, options: TransformOptions): Promise<TransformedModule> =>
  transformModule(join(cwd, "net.dlm"), net, cwd, options);

test("both change the shaders, and are watched", async () => {
  const cwd = folder();
  const codes = [];
  for (const file of [{}, { figures: "figures.json" }, { tuned: "tuned.json" }]) {
    const { code, files, problems, warnings } = await transformed(cwd, {
      backend: "webgpu",
      ...file,
    });
    expect([problems, warnings]).toEqual([[], []]);
    expect(files).toEqual(["net.dlm", ...Object.values(file)].map((name) => join(cwd, name)));
    codes.push(code);
  }
  const [byCost, ...measured] = codes;
  expect(byCost).toContain("@workgroup_size(256)");
  for (const code of measured) {
    expect(code).toContain("@workgroup_size(64)");
    expect(code).not.toContain("@workgroup_size(256)");
  }
});

test("a way that is none any more is a warning", async () => {
  const cwd = folder();
  writeFileSync(join(cwd, "tuned.json"), tunedWith("by hand"));
  const { code, warnings } = await transformed(cwd, { backend: "webgpu", tuned: "tuned.json" });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/^tuned\.json: .*`by hand`/);
  expect(code).toContain("@workgroup_size(256)");
});

test("what is no such file, or for no GPU, is refused", async () => {
  const cwd = folder();
  const refuse = (options: TransformOptions, code: ErrorCode, ...parts: string[]): Promise<void> =>
    expectError(() => transformed(cwd, options), code, ...parts);
  const backend = "webgpu";
  await refuse({ backend, figures: "none.json" }, "io", "none.json");
  await refuse({ backend, figures: "tuned.json" }, "bad-json", "tuned.json");
  await refuse({ backend, tuned: "figures.json" }, "bad-json", "figures.json");
  await refuse({ tuned: "tuned.json" }, "bad-option", 'backend: "webgpu"');
});
