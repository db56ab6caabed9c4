// Contractions of every kind: layouts, batches, windows, masks, and what is made of the sums.

import type { Tile } from "../../../compiler/backends/wgsl/tiles.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";

/** Compiles in a moment, and is no multiple of most sizes. */
export const smallTile: Tile = {
  rows: 16,
  columns: 16,
  depth: 8,
  perInvocation: { rows: 4, columns: 4 },
};

/** How the operands of `y[M, N] = Σ k` lie in memory. */
const layouts = {
  nn: { a: "[M, K]", b: "[K, N]", at: ["a[i, k]", "b[k, j]"] },
  tn: { a: "[K, M]", b: "[K, N]", at: ["a[k, i]", "b[k, j]"] },
  nt: { a: "[M, K]", b: "[N, K]", at: ["a[i, k]", "b[j, k]"] },
  tt: { a: "[K, M]", b: "[N, K]", at: ["a[k, i]", "b[j, k]"] },
} as const;
export type Layout = keyof typeof layouts;

/** Sizes without a number are symbolic. */
export const product = (
  layout: Layout,
  sizes: { readonly M?: number; readonly N?: number; readonly K?: number },
): Kernel => {
  const { a, b, at } = layouts[layout];
  const open = (["M", "N", "K"] as const).filter((name) => sizes[name] === undefined);
  const text = `kernel @${layout}(a: f32${a}, b: f32${b}) -> y: f32[M, N] SIZES {
  for i in 0..M, j in 0..N spatial
    y[i, j] = reduce add k in 0..K (mul(${at.join(", ")}))
}
`;
  return parseKernel(
    text
      .replace(/\b[MNK]\b/g, (name) => String(sizes[name as "M" | "N" | "K"] ?? name))
      .replace("SIZES", open.length === 0 ? "" : `sizes(${open.join(", ")})`),
  );
};

const written = `
// Bias, activation, what is added, and two results.
kernel @dense(x: f32[B, T, 13], W: f32[13, 24], b: f32[24], skip: f32[B, T, 24]) -> y: f32[B, T, 24], z: f32[24, B, T] sizes(B, T) {
  for i in 0..B, j in 0..T, k in 0..24 spatial {
    y[i, j, k] = add(skip[i, j, k], select(le(add(reduce add c in 0..13 (mul(x[i, j, c], W[c, k])), b[k]), 0.0), 0.0, add(reduce add c in 0..13 (mul(x[i, j, c], W[c, k])), b[k])))
    z[k, i, j] = exp(add(reduce add c in 0..13 (mul(x[i, j, c], W[c, k])), b[k]))
  }
}

// Rows and columns of several axes, of which none is a multiple of four.
kernel @wide(x: f32[B, 3, 5], y: f32[5, 7, T]) -> z: f32[B, 3, 7, T] sizes(B, T) {
  for i in 0..B, j in 0..3, k in 0..7, l in 0..T spatial
    z[i, j, k, l] = reduce add c in 0..5 (mul(x[i, j, c], y[c, k, l]))
}

// A batch inside and one outside.
kernel @heads(q: f32[B, 9, 3, 8], k: f32[B, T, 3, 8], s: f32[]) -> y: f32[B, 3, 9, T] sizes(B, T) {
  for i in 0..B, j in 0..3, k1 in 0..9, l in 0..T spatial
    y[i, j, k1, l] = mul(s[], reduce add e in 0..8 (mul(q[i, k1, j, e], k[i, l, j, e])))
}

// Elements computed before they are multiplied, and a value with a name.
kernel @before(x: f32[B, 10], m: f32[B, 10], g: f32[], W: f32[10, T]) -> y: f32[B, T] sizes(B, T) {
  let half = mul(0.5, g[])
  for i in 0..B, j in 0..T spatial
    y[i, j] = reduce add c in 0..10 (mul(mul(select(le(x[i, c], 0.0), 0.0, x[i, c]), mul(m[i, c], half)), W[c, j]))
}

kernel @convolution(x: f32[B, 7, 6, 5], K: f32[3, 3, 5, 12], b: f32[12]) -> y: f32[B, 4, 3, 12] sizes(B) {
  for i in 0..B, j in 0..4, k in 0..3, l in 0..12 spatial
    y[i, j, k, l] = add(reduce add c in max(sub(1, mul(j, 2)), 0)..min(sub(8, mul(j, 2)), 3) of 3, e in max(sub(1, mul(k, 2)), 0)..3 of 3, f in 0..5 (mul(x[i, add(add(mul(j, 2), c), -1), add(add(mul(k, 2), e), -1), f], K[c, e, f, l])), b[l])
}

kernel @ofInput(d: f32[B, 4, 4, 12], K: f32[3, 3, 5, 12]) -> dx: f32[B, 4, 4, 5] sizes(B) {
  for i in 0..B, j in 0..4, k in 0..4, l in 0..5 spatial
    dx[i, j, k, l] = reduce add c in max(sub(1, j), 0)..min(sub(5, j), 3) of 3, e in max(sub(1, k), 0)..min(sub(5, k), 3) of 3, g in 0..12 (mul(d[i, add(add(j, c), -1), add(add(k, e), -1), g], K[sub(2, c), sub(2, e), l, g]))
}

kernel @ofKernel(x: f32[B, 8, 8, 5], d: f32[B, 4, 4, 12]) -> dK: f32[3, 3, 5, 12] sizes(B) {
  for i in 0..3, j in 0..3, k in 0..5, l in 0..12 spatial
    dK[i, j, k, l] = reduce add a in 0..B, b1 in div(sub(2, i), 2)..4 of 4, d1 in div(sub(2, j), 2)..4 of 4 (mul(x[a, add(add(mul(b1, 2), i), -1), add(add(mul(d1, 2), j), -1), k], d[a, b1, d1, l]))
}

kernel @groups(x: f32[B, 5, 3, 4], K: f32[3, 3, 4, 6]) -> y: f32[B, 3, 3, 6] sizes(B) {
  for i in 0..B, j in 0..3, g in 0..3, l in 0..6 spatial
    y[i, j, g, l] = reduce add c in 0..3, f in 0..4 (mul(x[i, add(j, c), g, f], K[c, g, f, l]))
}

// Each column has a sum of its own length.
kernel @triangle(x: f32[B, T], y: f32[T, T]) -> z: f32[B, T] sizes(B, T) {
  for i in 0..B, j in 0..T spatial
    z[i, j] = reduce add c in 0..add(j, 1) of T where lt(2, c) (mul(x[i, c], y[j, c]))
}

// Four columns are a vector of W; beside them and in V they are not.
kernel @slices(x: f32[B, 13], W: f32[13, 16], V: f32[13, 14]) -> y: f32[B, 12] sizes(B) {
  for i in 0..B, l in 0..12 spatial
    y[i, l] = reduce add c in 0..13 (mul(x[i, c], add(mul(W[c, add(l, 4)], W[c, add(l, 1)]), V[c, l])))
}

// What is loaded is stored in whole vectors, and so is what is made of bools and whole numbers.
kernel @vectors(x: f32[7, B, 8], W: f32[7, B, 20], m: bool[8, 20], n: i32[8, 20]) -> y: f32[8, 20], k: bool[8, 20], s: i32[8, 20] sizes(B) {
  for i in 0..8, l in 0..20 spatial {
    y[i, l] = select(m[i, l], mul(2.0, reduce add a in 0..7, c in 0..B (mul(x[a, c, i], W[a, c, l]))), exp(f32(n[i, l])))
    k[i, l] = le(reduce add a in 0..7, c in 0..B (mul(x[a, c, i], W[a, c, l])), 0.0)
    s[i, l] = add(mul(n[i, l], 3), div(l, 2))
  }
}

kernel @inPlace(W: f32[9, T], x: f32[B, 9], d: f32[B, T]) -> next: f32[9, T] sizes(B, T) {
  for i in 0..9, j in 0..T spatial
    next[i, j] = sub(W[i, j], mul(0.1, reduce add b in 0..B (mul(x[b, i], d[b, j]))))
}
`;

export const contractions: readonly Kernel[] = written
  .split(/^(?=kernel)/m)
  .slice(1)
  .map((text) => parseKernel(text.replace(/^\/\/.*$/gm, "")));
