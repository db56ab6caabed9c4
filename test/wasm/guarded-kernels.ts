// Kernels whose guards keep them from reading far outside of the memory, and from finding a place twice.

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
kernel @places(x: f32[B, 37]) -> at: i32[B, 3] sizes(B) {
  for i in 0..B spatial
    for k in 0..3 sequential carry before = -1 {
      let last = x[i, max(before, 0)]
      let most = reduce max r in 0..37 where or(lt(before, 0), or(or(lt(x[i, r], last), and(not(eq(last, last)), not(not(eq(x[i, r], x[i, r]))))), and(or(eq(x[i, r], last), and(not(eq(x[i, r], x[i, r])), not(eq(last, last)))), lt(before, r)))) (x[i, r])
      let next = reduce min s in 0..37 where and(or(lt(before, 0), or(or(lt(x[i, s], last), and(not(eq(last, last)), not(not(eq(x[i, s], x[i, s]))))), and(or(eq(x[i, s], last), and(not(eq(x[i, s], x[i, s])), not(eq(last, last)))), lt(before, s)))), or(eq(x[i, s], most), and(not(eq(most, most)), not(eq(x[i, s], x[i, s]))))) (s)
      at[i, k] = next
      next before = next
    }
}
`);
