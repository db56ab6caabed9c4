// Operations of PyTorch, forward and backward, on WebGPU: a part of the samples, or all with `DLM_WEBGPU=all`.

import { afterAll, describe, expect, test } from "vitest";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { casesOf, ops, problemsOf } from "../goldens/op-cases.ts";
import { webgpuEngine } from "./engine.ts";
import { partOf } from "./parts.ts";

/** One sample of so many: all take ten times as long as one. */
const every = 5;

describe.skipIf(!hasSwiftShader)(`PyTorch's outputs and gradients (${needsSwiftShader})`, () => {
  const engine = webgpuEngine(swiftShaderGpu());
  afterAll(engine.close);
  for (const op of ops) {
    test(op, { timeout: 600_000 }, async () => {
      const problems: string[] = [];
      for (const one of partOf(casesOf(op), every))
        problems.push(...(await problemsOf(engine, op, one)));
      expect(problems).toEqual([]);
    });
  }
});
