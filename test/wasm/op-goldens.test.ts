// Operations of PyTorch as WebAssembly, forward and backward.

import { expect, test } from "vitest";
import { wasmBackend } from "../../compiler/backends/wasm/index.ts";
import { casesOf, ops, problemsOf } from "../goldens/op-cases.ts";
import { hostEngine } from "../goldens/run-on-host.ts";

const engine = hostEngine("WebAssembly", wasmBackend, {});

for (const op of ops)
  test(op, { timeout: 60_000 }, async () => {
    const problems: string[] = [];
    for (const one of casesOf(op)) problems.push(...(await problemsOf(engine, op, one)));
    expect(problems).toEqual([]);
  });
