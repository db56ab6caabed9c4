// Shaders. What things cost there is not measured yet: kernels are weighed as those of JavaScript.

import type { Target } from "./target.ts";
import { typescript } from "./typescript.ts";

/** Of the 8 storage buffers that every device has for a shader one is for scratch. */
export const mostPieces = 7;

export const webgpu: Target = {
  ...typescript,
  name: "webgpu",
  // A second run with memory of its own for every value shows where a NaN came from; shaders know what shares memory.
  inPlace: false,
  halves: mostPieces,
  // A buffer is bound for reading or for writing. With the stored tensors these are one less than a shader may bind.
  slabs: 6,
  // 128 MiB: of such updates as one launch makes of neighbours there are more than one where it would have more.
  binding: 2 ** 25,
  // Of no device may bindings have to begin at a multiple of more: 256 bytes.
  alignment: 64,
};
