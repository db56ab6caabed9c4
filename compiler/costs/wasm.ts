// WebAssembly with vectors of four. What things cost there is not measured yet: kernels are weighed as those of JavaScript.

import type { Target } from "./target.ts";
import { typescript } from "./typescript.ts";

export const wasm: Target = { ...typescript, name: "wasm" };
