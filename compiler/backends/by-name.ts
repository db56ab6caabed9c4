// Backends by the name of their target.

import type { Backend } from "./backend.ts";
import { typescriptBackend } from "./typescript/index.ts";
import { wasmBackend } from "./wasm/index.ts";
import { webgpuBackend } from "./wgsl/index.ts";

export type BackendName = Backend["target"];

export const backends: Readonly<Record<BackendName, Backend>> = {
  typescript: typescriptBackend,
  wasm: wasmBackend,
  webgpu: webgpuBackend,
};
