// Numbers that f32 holds, all different, for operands of kernels.

import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";

export const wave = (...shape: readonly number[]): Tensor =>
  tensor(
    "f32",
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, n) =>
      Math.fround(Math.sin(3 * n + 1)),
    ),
  );
