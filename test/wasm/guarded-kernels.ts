// Kernels whose guards keep them from reading far outside of the memory.

import { parseKernels } from "../../compiler/kernel/kernel-parse.ts";

export const guardedKernels = parseKernels(`
kernel @branch(x: f32[9], n: i32[B]) -> y: f32[B] sizes(B) {
  for i in 0..B spatial
    y[i] = select(eq(n[i], 0), mul(x[mul(n[i], 100000000)], 2.0), 7.5)
}
kernel @sum(x: f32[9], n: i32[B, T]) -> y: f32[B] sizes(B, T) {
  for i in 0..B spatial
    y[i] = reduce add k in 0..T where eq(n[i, k], 0) (x[mul(n[i, k], 100000000)])
}
`);
