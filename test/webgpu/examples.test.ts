// Every example trained for a few steps and evaluated on WebGPU, beside TypeScript: the same losses and metrics.
// Those with the most shaders take minutes on SwiftShader and run with `DLM_WEBGPU=all` alone.

import { describe, test } from "vitest";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { compareExample, exampleFiles } from "../examples/compare-example.ts";
import { runsAll } from "./parts.ts";
import { onSwiftShader } from "./targets.ts";

const files = exampleFiles.filter((path) => runsAll || !/^(gpt|char-lstm|gan)\W/.test(path));

describe.skipIf(!hasSwiftShader)(`examples on WebGPU (${needsSwiftShader})`, () => {
  test.each(files)("%s", { timeout: 300_000 }, (file) =>
    compareExample(file, onSwiftShader, { gpu: swiftShaderGpu() }),
  );
});
