// Kernels that sum channels by themselves: convolutions of each, their gradients, and pools.

import { parseKernels } from "../../compiler/kernel/kernel-parse.ts";

export const channelKernels = parseKernels(`
kernel @depthwise(x: f32[B, 7, 45], w: f32[3, 45], b: f32[45]) -> y: f32[B, 7, 45] sizes(B) {
  for i in 0..B, j in 0..7, l in 0..45 spatial
    y[i, j, l] = add(reduce add c in max(sub(1, j), 0)..min(sub(8, j), 3) of 3 (mul(x[i, add(add(j, c), -1), l], w[c, l])), b[l])
}
kernel @strided(x: f32[B, 9, 7, T], w: f32[3, 2, T]) -> y: f32[B, 4, 3, T] sizes(B, T) {
  for i in 0..B, j in 0..4, k in 0..3, l in 0..T spatial
    y[i, j, k, l] = reduce add c in 0..3, e in 0..2 (mul(w[c, e, l], x[i, add(mul(j, 2), c), add(mul(k, 2), e), l]))
}
kernel @ofKernels(x: f32[B, 7, 21], d: f32[B, 7, 21]) -> w: f32[3, 21] sizes(B) {
  for c in 0..3, l in 0..21 spatial
    w[c, l] = reduce add i in 0..B, j in max(sub(1, c), 0)..min(sub(8, c), 7) of 7 (mul(x[i, add(add(j, c), -1), l], d[i, j, l]))
}
kernel @greatest(x: f32[B, 6, 19]) -> y: f32[B, 3, 19] sizes(B) {
  for i in 0..B, j in 0..3, l in 0..19 spatial
    y[i, j, l] = mul(reduce max c in 0..2 (x[i, add(mul(j, 2), c), l]), 2.0)
}
kernel @least(x: f32[B, 6, 19]) -> y: f32[B, 3, 19], z: f32[B, 3, 19] sizes(B) {
  for i in 0..B, j in 0..3, l in 0..19 spatial
    y[i, j, l] = reduce min c in 0..j of 3 (x[i, add(mul(j, 2), c), l])
  for i1 in 0..B, j1 in 0..3, l1 in 0..19 spatial
    z[i1, j1, l1] = div(reduce add c1 in 0..2 (x[i1, add(mul(j1, 2), c1), l1]), 2.0)
}
kernel @place(x: f32[B, 6, 4, 19]) -> y: f32[B, 3, 2, 19], p: i32[B, 3, 2, 19], q: i32[B, 6, 4] sizes(B) {
  for i in 0..B, j in 0..3, k in 0..2, l in 0..19 spatial {
    y[i, j, k, l] = reduce max c in 0..2, e in 0..2 (x[i, add(mul(j, 2), c), add(mul(k, 2), e), l])
    p[i, j, k, l] = reduce argmax c in 0..2, e in 0..2 (x[i, add(mul(j, 2), c), add(mul(k, 2), e), l])
  }
  for i1 in 0..B, j1 in 0..6, k1 in 0..4 spatial
    q[i1, j1, k1] = reduce argmax c1 in 0..2 (x[i1, j1, k1, c1])
}
`);
