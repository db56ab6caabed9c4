// Modules, optimizers and schedules of PyTorch on WebGPU.

import { afterAll, describe } from "vitest";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { describeModules } from "../goldens/describe-modules.ts";
import { webgpuEngine } from "./engine.ts";

describe.skipIf(!hasSwiftShader)(`PyTorch's numbers (${needsSwiftShader})`, () => {
  const engine = webgpuEngine(swiftShaderGpu());
  afterAll(engine.close);
  describeModules(engine);
});
