// Launches whose lanes share sums and loops: sums of rows, of columns and of all, positions of maxima, row kernels, and what comes out of a grid.

import { parseKernels } from "../../../compiler/kernel/kernel-parse.ts";

export const sharedLaunches = parseKernels(`
kernel @rowSums(x: f32[B, T], k: i32[B, T]) -> a: f32[B], b: f32[B], c: f32[B], d: i32[B], e: bool[B] sizes(B, T) {
  for i in 0..B spatial {
    a[i] = reduce add r in 0..T (x[i, r])
    b[i] = reduce max r in 0..T (x[i, r])
    c[i] = div(reduce min r1 in 0..T (mul(x[i, r1], 2.0)), f32(T))
    d[i] = reduce add r2 in 0..T (mul(k[i, r2], 1000000007))
    e[i] = reduce max r3 in 0..T (lt(x[i, r3], -0.99))
  }
}
kernel @products(x: f32[B, T]) -> a: f32[B] sizes(B, T) {
  for i in 0..B spatial
    a[i] = reduce mul r in 0..T (add(1.0, mul(x[i, r], 0.01)))
}
kernel @columnSums(x: f32[B, T, 3], m: f32[3]) -> a: f32[3], b: f32[3] sizes(B, T) {
  for i in 0..3 spatial {
    a[i] = reduce add r in 0..B, r1 in 0..T (x[r, r1, i])
    b[i] = neg(reduce add r in 0..B, r1 in 0..T (mul(sub(x[r, r1, i], m[i]), sub(x[r, r1, i], m[i]))))
  }
}
kernel @all(x: f32[B, T], y: f32[B, T]) -> loss: f32[], most: f32[] sizes(B, T) {
  loss[] = div(reduce add r in 0..B, r1 in 0..T (mul(sub(x[r, r1], y[r, r1]), sub(x[r, r1], y[r, r1]))), f32(size(B*T)))
  most[] = add(loss[], reduce max r2 in 0..B, r3 in 0..T (max(x[r2, r3], y[r2, r3])))
}
kernel @matrixVector(W: f32[B, T], v: f32[T], u: f32[B]) -> y: f32[B], z: f32[T] sizes(B, T) {
  for i in 0..B spatial
    y[i] = add(u[i], reduce add k in 0..T (mul(W[i, k], v[k])))
  for j in 0..T spatial
    z[j] = reduce add k1 in 0..B (mul(W[k1, j], u[k1]))
}
kernel @masked(x: f32[B, T], n: i32[B]) -> a: f32[B], b: f32[B] sizes(B, T) {
  for i in 0..B spatial {
    a[i] = reduce add r in n[i]..T of T where lt(x[i, r], 0.5) (x[i, r])
    b[i] = select(lt(n[i], 2), reduce max r1 in 0..min(add(i, 1), T) of T (x[i, r1]), 0.25)
  }
}
kernel @softmax(x: f32[B, 37]) -> y: f32[B, 37], m: f32[B] sizes(B) {
  for i in 0..B spatial {
    row e: f32[37]
    let most = reduce max r in 0..37 (x[i, r])
    m[i] = most
    for j in 0..37 spatial
      e[j] = exp(sub(x[i, j], most))
    let sum = reduce add r1 in 0..37 (e[r1])
    for j1 in 0..37 spatial
      y[i, j1] = div(e[sub(36, j1)], sum)
  }
}
kernel @layerNorm(x: f32[B, T], g: f32[T]) -> y: f32[B, T], kept: f32[B, T] sizes(B, T) {
  for i in 0..B spatial {
    for j in 0..T spatial
      kept[i, j] = add(x[i, j], 1.0)
    let mean = div(reduce add r in 0..T (kept[i, r]), f32(T))
    let v = div(reduce add r1 in 0..T (mul(sub(kept[i, r1], mean), sub(kept[i, r1], mean))), f32(T))
    for j1 in 0..T spatial
      y[i, j1] = mul(div(sub(kept[i, j1], mean), sqrt(add(v, 0.001))), g[j1])
  }
}
kernel @repeated(x: f32[B, T, 5]) -> y: f32[B, T, 5] sizes(B, T) {
  for i in 0..B, j in 0..T, k in 0..5 spatial {
    let scale = f32(size(5*T))
    let mean = div(reduce add r in 0..T, r1 in 0..5 (x[i, r, r1]), scale)
    let own = sub(x[i, j, k], mean)
    y[i, j, k] = div(own, sqrt(div(reduce add r2 in 0..T, r3 in 0..5 (mul(sub(x[i, r2, r3], mean), sub(x[i, r2, r3], mean))), scale)))
  }
}
kernel @positions(x: f32[B, T], k: i32[B, T], n: i32[B]) -> a: i32[B], b: i32[B], c: i32[B], d: i32[B], e: f32[B] sizes(B, T) {
  for i in 0..B spatial {
    a[i] = reduce argmax r in 0..T (x[i, r])
    b[i] = reduce argmax r1 in 0..T (floor(mul(x[i, r1], -2.0)))
    c[i] = add(reduce argmax r2 in 0..T (k[i, r2]), mul(1000, reduce argmax r3 in 0..T (lt(x[i, r3], -0.99))))
    d[i] = reduce argmax r4 in n[i]..T of T where lt(x[i, r4], 0.5) (select(lt(k[i, r4], 2), x[i, r4], -inf))
    e[i] = reduce max r5 in 0..T (x[i, r5])
  }
}
kernel @position(x: f32[B, T, 3]) -> a: i32[], y: f32[B, T] sizes(B, T) {
  a[] = reduce argmax r in 0..B, r1 in 0..T (reduce add r2 in 0..3 (x[r, r1, r2]))
  for i in 0..B spatial {
    row e: f32[19]
    for j in 0..19 spatial
      e[j] = floor(mul(x[i, 0, 0], f32(mul(j, sub(j, 9)))))
    let best = reduce argmax r3 in 0..19 (e[r3])
    for j1 in 0..T spatial
      y[i, j1] = mul(x[i, j1, 1], f32(best))
  }
}
kernel @attention(q: f32[B, 8, 4], k: f32[B, 24, 4], v: f32[B, 24, 4]) -> y: f32[B, 8, 4], s: f32[B, 8] sizes(B) {
  for i in 0..B, t in 0..2 spatial {
    row logits: f32[4, 24]
    row most: f32[4]
    for row in 0..4, l in 0..add(mul(t, 4), 20) of 24 spatial
      logits[row, l] = reduce add e in 0..4 (mul(q[i, add(mul(t, 4), row), e], k[i, l, e]))
    for row1 in 0..4 spatial {
      let m = reduce max r in 0..add(mul(t, 4), 20) of 24 (select(le(r, add(mul(t, 4), row1)), logits[row1, r], -inf))
      most[row1] = m
      s[i, add(mul(t, 4), row1)] = m
    }
    for row2 in 0..4, l1 in 0..add(mul(t, 4), 20) of 24 spatial
      logits[row2, l1] = exp(sub(select(le(l1, add(mul(t, 4), row2)), logits[row2, l1], -inf), most[row2]))
    for row3 in 0..4 spatial {
      let n = reduce add r1 in 0..add(mul(t, 4), 20) of 24 (logits[row3, r1])
      most[row3] = n
    }
    for row4 in 0..4, l3 in 0..4 spatial
      y[i, add(mul(t, 4), row4), l3] = div(reduce add e2 in 0..add(mul(t, 4), 20) of 24 (mul(logits[row4, e2], v[i, e2, l3])), most[row4])
  }
}
`);
