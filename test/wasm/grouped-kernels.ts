// Kernels whose rows each choose the matrix that they are multiplied by, some of them none.

import { parseKernels } from "../../compiler/kernel/kernel-parse.ts";

const chosen = (index: string, load: string): string =>
  `select(and(le(0, ${index}), lt(${index}, 2)), ${load}, 0.0)`;

export const groupedKernels = parseKernels(`
kernel @expert(x: f32[B, 10], k: i32[B], w: f32[2, 10, 13], b: f32[2, 13]) -> y: f32[B, 13] sizes(B) {
  for i in 0..B, j in 0..13 spatial
    y[i, j] = add(reduce add d in 0..10 (mul(x[i, d], ${chosen("k[i]", "w[k[i], d, j]")})), ${chosen("k[i]", "b[k[i], j]")})
}
kernel @turnedExpert(x: f32[B, 10], k: i32[B], w: f32[2, 13, 10]) -> y: f32[B, 13] sizes(B) {
  for i in 0..B, j in 0..13 spatial
    y[i, j] = select(le(x[i, 0], 0.0), 0.0, reduce add d in 0..10 (mul(x[i, d], ${chosen("k[i]", "w[k[i], j, d]")})))
}
kernel @two(x: f32[B, 2, 5, 3], k: i32[B, 2], w: f32[2, 5, 3, 9]) -> y: f32[B, 2, 9] sizes(B) {
  for i in 0..B, c in 0..2, j in 0..9 spatial
    y[i, c, j] = reduce add d in 0..5, e in 0..3 (mul(${chosen("k[i, c]", "w[k[i, c], d, e, j]")}, x[i, c, d, e]))
}
kernel @openExpert(x: f32[B, T], k: i32[B], w: f32[3, T, 7]) -> y: f32[B, 7] sizes(B, T) {
  for i in 0..B, j in 0..7 spatial
    y[i, j] = reduce add d in 0..T (mul(x[i, d], w[k[i], d, j]))
}
`);
