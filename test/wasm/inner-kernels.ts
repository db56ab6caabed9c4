// Kernels with products of a few rows in other loops, with sums between ends that data give, and with loops that store what
// they read.

import { parseKernels } from "../../compiler/kernel/kernel-parse.ts";

export const innerKernels = parseKernels(`
kernel @scores(q: f32[B, 10, 11], k: f32[B, 24, 11], v: f32[B, 24, 13]) -> y: f32[B, 10, 13], s: f32[B, 10, 24] sizes(B) {
  for i in 0..B, t in 0..2 spatial {
    row a: f32[5, 24]
    for r in 0..5, l in t..add(mul(t, 5), 17) of 24 spatial
      a[r, l] = mul(reduce add e in 0..11 (mul(q[i, add(mul(t, 5), r), e], k[i, l, e])), 0.25)
    for r1 in 0..5, l1 in t..add(mul(t, 5), 17) of 24 spatial
      s[i, add(mul(t, 5), r1), l1] = a[r1, l1]
    for r2 in 0..5, c in 0..13 spatial
      y[i, add(mul(t, 5), r2), c] = reduce add u in t..add(mul(t, 5), 17) of 24 (mul(a[r2, u], v[i, u, c]))
  }
}
kernel @keys(a: f32[B, 12, 19], q: f32[B, 19, 7], w: f32[7, 9, 2]) -> y: f32[B, 12, 7], z: f32[B, 12, 9] sizes(B) {
  for i in 0..B, t in 0..3 spatial {
    row p: f32[4, 19]
    for r in 0..4, l in mul(t, 4)..19 of 19 spatial
      p[r, l] = mul(a[i, add(mul(t, 4), r), l], 0.5)
    for r1 in 0..4, c in 0..7 spatial
      y[i, add(mul(t, 4), r1), c] = reduce add u in mul(t, 4)..19 of 19 (mul(q[i, u, c], select(le(add(mul(t, 4), r1), u), mul(p[r1, u], 2.0), 0.0)))
    for r2 in 0..4, c1 in 0..9 spatial
      z[i, add(mul(t, 4), r2), c1] = reduce add x in 0..7, g in 0..2 (mul(q[i, add(add(mul(t, 4), r2), g), x], w[x, c1, g]))
  }
}
kernel @open(q: f32[B, 4, T], k: f32[B, 6, T], v: f32[B, T, 6]) -> y: f32[B, 4, 6], z: f32[B, 4, 6] sizes(B, T) {
  for i in 0..B spatial {
    row p: f32[4, T]
    for r in 0..4, l in 0..T spatial
      p[r, l] = add(q[i, r, l], 0.5)
    for r1 in 0..4, c in 0..6 spatial
      y[i, r1, c] = reduce add u in 0..T (mul(p[r1, u], v[i, u, c]))
    for r2 in 0..4, c1 in 0..6 spatial
      z[i, r2, c1] = reduce add u1 in 0..T (mul(q[i, r2, u1], k[i, c1, u1]))
  }
}
kernel @experts(k: i32[B, 9], h: f32[B, 9, 10], g: f32[B, 9, 13]) -> w: f32[B, 3, 10, 13] sizes(B) {
  for i in 0..B spatial {
    row starts: i32[4]
    row order: i32[9]
    for e in 0..3 sequential carry before = 0 {
      starts[e] = before
      for n in 0..9 sequential carry listed = before {
        if eq(k[i, n], e)
          order[listed] = n
        next listed = add(listed, select(eq(k[i, n], e), 1, 0))
      }
      next before = listed
    }
    starts[3] = before
    for e1 in 0..3, x in 0..10, y in 0..13 spatial
      w[i, e1, x, y] = reduce add z in starts[e1]..starts[add(e1, 1)] of 9 (mul(h[i, order[z], x], g[i, order[z], y]))
  }
}
kernel @listed(k: i32[B], h: f32[B, 10], g: f32[B, 13]) -> w: f32[3, 10, 13] sizes(B) {
  row starts: i32[4]
  row order: i32[B]
  for e in 0..3 sequential carry before = 0 {
    starts[e] = before
    for n in 0..B sequential carry listed = before {
      if eq(k[n], e)
        order[listed] = n
      next listed = add(listed, select(eq(k[n], e), 1, 0))
    }
    next before = listed
  }
  starts[3] = before
  for e1 in 0..3, x in 0..10, y in 0..13 spatial
    w[e1, x, y] = reduce add z in starts[e1]..starts[add(e1, 1)] of B (mul(h[order[z], x], g[order[z], y]))
}
kernel @segments(n: i32[4, 1], a: f32[7, 20], b: f32[4, 20, 9], c: f32[20, 9, 7]) -> y: f32[4, 7, 9], z: f32[4, 7, 9] {
  for s in 0..4, i in 0..7, j in 0..9 spatial
    y[s, i, j] = reduce add d in n[s, 0]..add(mul(s, 4), 8) of 20 (mul(a[i, d], b[s, d, j]))
  for s1 in 0..4, i1 in 0..7, j1 in 0..9 spatial
    z[s1, i1, j1] = reduce add d1 in s1..add(s1, 8) of 20, e1 in n[s1, 0]..7 of 7 (mul(a[i1, d1], c[d1, j1, e1]))
}
kernel @running(x: f32[B, 9, 5]) -> y: f32[B, 9, 5], z: f32[B, 5] sizes(B) {
  for i in 0..B spatial {
    row t: f32[2]
    for k in 0..2 spatial
      t[k] = 0.0
    for j in 0..9 sequential {
      for c in 0..5 spatial
        y[i, j, c] = add(t[0], mul(t[1], x[i, j, c]))
      t[0] = add(t[0], x[i, j, 1])
    }
    t[1] = add(t[0], 1.0)
    for c1 in 0..5 spatial
      z[i, c1] = sub(t[1], x[i, 0, c1])
  }
}
`);
