// Products that sum over a part of the depth, which neighbours in some direction share, or over a depth of any length.

import { parseKernels } from "../../compiler/kernel/kernel-parse.ts";

export const rangedKernels = parseKernels(`
kernel @samePlace(x: f32[6, 5, 7, 3], K: f32[3, 3, 3, 11]) -> y: f32[6, 5, 7, 11] {
  for i in 0..6, j in 0..5, k in 0..7, l in 0..11 spatial
    y[i, j, k, l] = reduce add c in max(sub(1, j), 0)..min(sub(6, j), 3) of 3, e in max(sub(1, k), 0)..min(sub(8, k), 3) of 3, f in 0..3 (mul(x[i, add(add(j, c), -1), add(add(k, e), -1), f], K[c, e, f, l]))
}
kernel @fewImages(x: f32[2, 5, 7, 3], K: f32[3, 3, 3, 11]) -> y: f32[2, 5, 7, 11] {
  for i in 0..2, j in 0..5, k in 0..7, l in 0..11 spatial
    y[i, j, k, l] = reduce add c in max(sub(1, j), 0)..min(sub(6, j), 3) of 3, e in max(sub(1, k), 0)..min(sub(8, k), 3) of 3, f in 0..3 (mul(x[i, add(add(j, c), -1), add(add(k, e), -1), f], K[c, e, f, l]))
}
kernel @longDepth(x: f32[4, 18, 19, 5], d: f32[4, 18, 19, 13]) -> dK: f32[3, 3, 5, 13] {
  for i in 0..3, j in 0..3, k in 0..5, l in 0..13 spatial
    dK[i, j, k, l] = reduce add a in 0..4, b1 in max(sub(1, i), 0)..min(sub(19, i), 18) of 18, d1 in max(sub(1, j), 0)..min(sub(20, j), 19) of 19 (mul(x[a, add(add(b1, i), -1), add(add(d1, j), -1), k], d[a, b1, d1, l]))
}
kernel @partsInRange(x: f32[5, 7, 9, 200], y: f32[9, 200, 10]) -> z: f32[5, 7, 10] {
  for i in 0..5, j in 0..7, l in 0..10 spatial
    z[i, j, l] = reduce add c in i..add(i, 3) of 9, e in mul(30, i)..200 of 200 (mul(x[i, j, c, e], y[c, e, l]))
}
kernel @mayBeEmpty(x: f32[5, 7, 20], y: f32[20, 10], n: i32[5]) -> z: f32[5, 7, 10] {
  for i in 0..5, j in 0..7, l in 0..10 spatial
    z[i, j, l] = add(1.0, reduce add c in 8..sub(14, mul(i, 3)) of 20 (mul(x[i, j, c], y[c, l])))
}
kernel @ofOuterColumn(x: f32[9, 20], y: f32[20, 5, 10]) -> z: f32[9, 5, 10] {
  for i in 0..9, j in 0..5, l in 0..10 spatial
    z[i, j, l] = reduce add c in j..add(15, j) of 20 (mul(x[i, c], y[c, j, l]))
}
kernel @ofOneOperand(x: f32[9, 4, 5], y: f32[4, 7, 10]) -> z: f32[9, 10] {
  for i in 0..9, l in 0..10 spatial
    z[i, l] = reduce add c in 0..4, e in 0..5 (mul(x[i, c, e], y[c, e, l]))
}
kernel @openDepth(x: f32[B, 13], d: f32[B, 21]) -> W: f32[13, 21] sizes(B) {
  for i in 0..13, j in 0..21 spatial
    W[i, j] = reduce add b in 0..B (mul(x[b, i], d[b, j]))
}
kernel @openBatch(x: f32[B, 5, 7, 3], K: f32[3, 3, 3, 8]) -> y: f32[B, 5, 7, 8] sizes(B) {
  for i in 0..B, j in 0..5, k in 0..7, l in 0..8 spatial
    y[i, j, k, l] = reduce add c in max(sub(1, j), 0)..min(sub(6, j), 3) of 3, e in max(sub(1, k), 0)..min(sub(8, k), 3) of 3, f in 0..3 (mul(x[i, add(add(j, c), -1), add(add(k, e), -1), f], K[c, e, f, l]))
}
`);
