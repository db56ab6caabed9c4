// How much memory a program takes: what its plan says, and no more than a page besides.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { wasmBackend } from "../../compiler/backends/wasm/index.ts";
import { wasm } from "../../compiler/costs/wasm.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { peakBytes } from "../../compiler/lower/plan.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { root } from "../cli/run-dlm.ts";

const pageBytes = 65_536;

test.each([1, 7, 64])("a step of a convolutional network with %s examples", async (B) => {
  const entry = join(root, "examples/digits/cnn.dlm");
  const { modules } = compile({ entry, read: (path) => readFileSync(path, "utf8") });
  const module = modules.find(({ train }) => train !== null)!;
  const planned = lower(module, { target: wasm }).entries.find(
    ({ entry }) => entry.name === "step",
  )!;
  const program = (await instantiate(module, { backend: wasmBackend })) as TrainProgram;
  const step = program.steps[0]!.entry;
  const sizes = new Map(step.sizes.map((name) => [name, B]));
  const host = program.open!(program.storedWords);
  host.reserve(step.layout([...sizes.values()]).end);
  const given = host.heap.f32.byteLength - peakBytes(planned, sizes);
  expect(given).toBeGreaterThanOrEqual(0);
  expect(given).toBeLessThan(pageBytes);
  host.dispose();
});
