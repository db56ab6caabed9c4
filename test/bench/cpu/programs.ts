// Programs of dlm, compiled to WebAssembly.

import { wasmBackend } from "../../../compiler/backends/wasm/index.ts";
import { instantiate } from "../../../compiler/index.ts";
import { moduleOf } from "../shared/module-of.ts";
import type { Program } from "../shared/programs.ts";

export const programs = new URL("programs/", import.meta.url);

/** Files of their own have those whose emitted modules are measured too. */
const fileOf = (name: string): string =>
  ({ Mlp: "mlp.dlm", Cnn: "cnn.dlm", CnnTrainer: "cnn.dlm" })[name] ?? "networks.dlm";

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
  const module = moduleOf(programs, { file: fileOf(name), name, sizes });
  const program = await instantiate(module, { backend: wasmBackend });
  const host = program.open!(0);
  const isFused = host.name === "WebAssembly, fused";
  host.dispose();
  return { program, isFused };
};
