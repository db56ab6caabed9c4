// Functions of the runtime that emitted code may call, by the names it calls them by.

import { erf, exponential, hyperbolicTangent } from "../../runtime/math.ts";
import { wasmHost } from "../../runtime/hosts/wasm.ts";
import { webgpuHost } from "../../runtime/webgpu/host.ts";
import { workgroupsFor } from "../../runtime/webgpu/workgroups.ts";
import { normalAt, uniformAt } from "../../runtime/random.ts";

export const runtimeFunctions = {
  uniformAt,
  normalAt,
  erf,
  exponential,
  hyperbolicTangent,
  wasmHost,
  webgpuHost,
  workgroupsFor,
};

export const runtimeNames: readonly string[] = Object.keys(runtimeFunctions);
