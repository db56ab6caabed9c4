// Every example trained for a few steps and evaluated as WebAssembly, beside TypeScript: the same losses and metrics.

import { test } from "vitest";
import { wasmBackend } from "../../compiler/backends/wasm/index.ts";
import { compareExample, exampleFiles } from "../examples/compare-example.ts";

test.each(exampleFiles)("%s", { timeout: 120_000 }, (file) =>
  compareExample(file, wasmBackend, {}),
);
