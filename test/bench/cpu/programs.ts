// Programs of dlm, compiled to WebAssembly.

import { wasmBackend } from "../../../compiler/backends/wasm/index.ts";
import { instantiate } from "../../../compiler/index.ts";
import { moduleOf } from "../shared/module-of.ts";
import type { Program } from "../shared/programs.ts";

const programs = new URL("programs/", import.meta.url);

export type Compiled = {
  readonly program: Program;
  /** Whether products round once with their sums. */
  readonly isFused: boolean;
};

/** `sizes` are fixed. */
export const compileProgram = async (
  name: string,
  sizes: Readonly<Record<string, number>> = {},
): Promise<Compiled> => {
  const module = moduleOf(programs, { file: "networks.dlm", name, sizes });
  const program = await instantiate(module, { backend: wasmBackend });
  const host = program.open!(0);
  const isFused = host.name === "WebAssembly, fused";
  host.dispose();
  return { program, isFused };
};
