// WebAssembly with vectors of four. What things cost there is not measured yet: kernels are weighed as those of JavaScript.

import type { Target } from "./target.ts";
import { typescript } from "./typescript.ts";

export const wasm: Target = {
  ...typescript,
  name: "wasm",
  // A vector times a matrix adds up eight of its rows at a time: 64 GB/s, and 53 along the sums (784 x 512, Zen 4).
  sumsAlong: false,
};
