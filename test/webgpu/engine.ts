// The engine of WebGPU, with kernels as SwiftShader takes them.

import { hostEngine } from "../goldens/run-on-host.ts";
import type { HostEngine } from "../goldens/run-on-host.ts";
import { onSwiftShader } from "./targets.ts";

export const webgpuEngine = (gpu: GPU): HostEngine =>
  hostEngine("WebGPU on SwiftShader", onSwiftShader, { gpu });
