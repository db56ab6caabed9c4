// Modules, optimizers and schedules of PyTorch as WebAssembly.

import { wasmBackend } from "../../compiler/backends/wasm/index.ts";
import { describeModules } from "../goldens/describe-modules.ts";
import { hostEngine } from "../goldens/run-on-host.ts";

describeModules(hostEngine("WebAssembly", wasmBackend, {}));
