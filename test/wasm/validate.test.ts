// Every module is valid, in V8's eyes and those of the WebAssembly Binary Toolkit, and no function of it is long.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { emitModule, wasmBackend } from "../../compiler/backends/wasm/index.ts";
import { loadWabt } from "../../compiler/cli/inspect/wat.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { compile } from "../../compiler/pipeline.ts";
import { contractions } from "../backends/wgsl/contractions.ts";
import { sharedLaunches } from "../backends/wgsl/shared-launches.ts";
import { writtenKernels } from "../backends/wgsl/written-kernels.ts";
import { root } from "../cli/run-dlm.ts";
import { exampleFiles } from "../examples/compare-example.ts";
import { channelKernels } from "./channel-kernels.ts";
import { groupedKernels } from "./grouped-kernels.ts";
import { innerKernels } from "./inner-kernels.ts";
import { kernelBytes } from "./run-kernel.ts";

/** Engines take long over functions that are longer, or leave them as they are. */
const longest = 32_768;

/** Bytes of each function; of the binary format as far as that takes. */
const lengthsOf = (bytes: Uint8Array): readonly number[] => {
  let at = 8;
  const unsigned = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  for (;;) {
    const id = bytes[at++];
    const length = unsigned();
    if (id === 10) break;
    at += length;
  }
  return Array.from({ length: unsigned() }, () => {
    const length = unsigned();
    at += length;
    return length;
  });
};

const check = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
  expect(WebAssembly.validate(bytes)).toBe(true);
  const module = (await loadWabt()).readWasm(bytes, { readDebugNames: true, threads: true });
  module.validate();
  module.destroy();
  expect(Math.max(...lengthsOf(bytes))).toBeLessThan(longest);
};

test.each(exampleFiles)("%s", async (file) => {
  const { modules } = compile({
    entry: join(root, "examples", file),
    read: (path) => readFileSync(path, "utf8"),
  });
  expect(modules.length).toBeGreaterThan(0);
  for (const module of modules)
    await check(emitModule(lower(module, { target: wasmBackend.costs })).bytes);
});

test.each([
  ...writtenKernels,
  ...contractions,
  ...sharedLaunches,
  ...innerKernels,
  ...groupedKernels,
  ...channelKernels,
])("$name", (kernel) => check(kernelBytes(kernel).bytes));
