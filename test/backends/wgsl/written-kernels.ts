// Kernels written by hand: every kind of statement and expression, on sizes that are no multiple of anything.

import { parseKernels } from "../../../compiler/kernel/kernel-parse.ts";

const sum = (names: readonly string[], at: string): string =>
  names.map((name) => `${name}[${at}]`).reduce((a, b) => `add(${a}, ${b})`);
const many = ["a", "b", "c", "d", "e", "g", "h"];

export const writtenKernels = parseKernels(`
kernel @scalar() -> y: f32[], k: i32[], t: bool[] {
  y[] = 2.5
  k[] = -2147483648
  t[] = true
}
kernel @element(x: f32[B, 5, 3]) -> y: f32[3, B, 5] sizes(B) {
  for j in 0..5, i in 0..B, k in 0..3 spatial
    y[k, i, j] = add(mul(x[i, j, k], 2.0), f32(add(mul(i, 100), j)))
}
kernel @sizes(x: f32[B, T]) -> y: f32[B, T], n: i32[] sizes(B, T) {
  for i in 0..B, j in 0..T spatial
    y[i, j] = mul(x[i, j], f32(size(B*T + 3*floor(T/2) + 1)))
  n[] = size(max(B, T) + 2*min(B, T))
}
kernel @ranges(x: f32[B, 7], cut: i32[]) -> y: f32[B, 7], z: f32[B, 7] sizes(B) {
  for i in 0..B, j in 0..7 spatial {
    y[i, j] = 0.25
    z[i, j] = -0.25
  }
  for i in 0..B spatial
    for j in min(max(sub(i, 2), 0), 7)..min(add(i, 1), 7) of 7 spatial
      y[i, j] = x[i, j]
  for j in cut[]..add(cut[], 3) of 7 spatial
    for i in j..B of B spatial
      z[i, j] = x[i, j]
}
kernel @sums(x: f32[B, 7], k: i32[B, 7], t: bool[B, 7]) -> a: f32[B], b: f32[B], c: f32[B], d: f32[B], e: i32[B], f: i32[B], g: i32[B], h: bool[B] sizes(B) {
  for i in 0..B spatial {
    a[i] = reduce add r in 0..7 (x[i, r])
    b[i] = reduce mul r1 in 0..7 (add(x[i, r1], 1.0))
    c[i] = reduce max r2 in 0..7 (x[i, r2])
    d[i] = reduce min r3 in 0..7 (x[i, r3])
    e[i] = reduce add r4 in 0..7 (mul(k[i, r4], 1000000007))
    f[i] = reduce max r5 in 0..7 (sub(k[i, r5], 3))
    g[i] = reduce mul r6 in 0..7 (sub(k[i, r6], 5))
    h[i] = reduce max r7 in 0..7 (t[i, r7])
  }
}
kernel @firsts(x: f32[B, 3, 5], k: i32[B, 5], t: bool[B, 5]) -> a: i32[B], b: i32[B], c: i32[B], d: bool[B], e: i32[B] sizes(B) {
  for i in 0..B spatial {
    a[i] = reduce argmax r in 0..3, r1 in 0..5 (x[i, r, r1])
    b[i] = reduce argmax r2 in 0..5 (k[i, r2])
    c[i] = reduce argmax r3 in 0..5 (t[i, r3])
    d[i] = reduce min r4 in 0..5 (t[i, r4])
    e[i] = reduce argmax r5 in 1..4 of 5 where t[i, r5] (x[i, 2, r5])
  }
}
kernel @guards(x: f32[B, 7], at: i32[B]) -> y: f32[B], z: f32[B, 7], m: f32[B] sizes(B) {
  for i in 0..B spatial {
    y[i] = reduce add r in 0..7 where lt(x[i, r], 0.0) (mul(x[i, r], x[i, r]))
    m[i] = reduce max r1 in 0..at[i] of 7 (x[i, r1])
    for j in 0..7 spatial
      z[i, j] = add(select(lt(j, 6), x[i, add(j, 1)], -1.0), select(and(le(1, j), lt(at[i], B)), mul(x[i, sub(j, 1)], x[at[i], j]), 3.0))
  }
}
kernel @rows(q: f32[B, 3], k: f32[T, 3]) -> p: f32[B, T], s: f32[B] sizes(B, T) {
  for t in 0..B spatial {
    row short: f32[3]
    row long: f32[T]
    row picked: i32[T]
    for d in 0..3 spatial
      short[d] = mul(q[t, d], 0.5)
    for u in 0..T spatial {
      long[u] = reduce add e in 0..3 (mul(short[e], k[u, e]))
      picked[u] = sub(size(T - 1), u)
    }
    let m = reduce max w in 0..T (long[w])
    s[t] = reduce add v in 0..T (exp(sub(long[v], m)))
    for u1 in 0..T spatial
      p[t, u1] = div(exp(sub(long[shr(mul(picked[u1], 2), 1)], m)), s[t])
  }
}
kernel @wideRow(x: f32[B, 300]) -> y: f32[B, 300] sizes(B) {
  for i in 0..B spatial {
    row kept: f32[300]
    row flags: bool[11]
    for j in 0..300 spatial
      kept[j] = mul(x[i, j], x[i, j])
    for h in 0..11 spatial
      flags[h] = lt(x[i, h], 0.0)
    for j1 in 0..300 spatial
      y[i, j1] = select(flags[mod(j1, 11)], kept[sub(299, j1)], kept[j1])
  }
}
kernel @shared(k: i32[B], x: f32[B, 4]) -> y: f32[3, 4] sizes(B) {
  row starts: i32[4]
  row order: i32[B]
  for e in 0..3 sequential carry before = 0 {
    starts[e] = before
    for i in 0..B sequential carry listed = before {
      if eq(k[i], e)
        order[listed] = i
      next listed = add(listed, select(eq(k[i], e), 1, 0))
    }
    next before = listed
  }
  starts[3] = before
  for e1 in 0..3, j in 0..4 spatial
    y[e1, j] = reduce add z in starts[e1]..starts[add(e1, 1)] of B (x[order[z], j])
}
kernel @running(x: f32[B, 5]) -> y: f32[B, 5], z: f32[B, 5], total: f32[] sizes(B) {
  for i in 0..B spatial
    for j in 0..5 sequential carry sum = 0.0, most = -inf {
      y[i, j] = add(sum, x[i, j])
      z[i, j] = max(most, x[i, j])
      next sum = add(sum, x[i, j]), most = max(most, x[i, j])
    }
  for i1 in 0..B sequential carry left = 1.0, right = 2.0 {
    next left = right, right = add(left, x[i1, 0])
  }
  total[] = sub(left, right)
}
kernel @handedOn(x: f32[B]) -> y: f32[B] sizes(B) {
  for i in 0..B sequential carry most = -inf {
    next most = max(most, x[i])
  }
  for j in 0..B spatial
    y[j] = sub(x[j], most)
}
kernel @lets(x: f32[B], n: i32[]) -> y: f32[B], z: f32[B], w: f32[B] sizes(B) {
  let scale = f32(add(n[], 2))
  let half = mul(scale, 0.5)
  for i in 0..B spatial
    y[i] = mul(x[i], half)
  let first = y[0]
  for j in 0..B spatial
    y[j] = add(y[j], 1.0)
  for k in 0..B spatial {
    z[k] = mul(y[k], first)
    w[k] = scale
  }
}
kernel @branches(x: f32[B, 3], n: i32[]) -> y: f32[B, 3], hit: i32[] sizes(B) {
  for i in 0..B, j in 0..3 spatial
    y[i, j] = 0.0
  hit[] = 0
  if le(n[], 1) {
    for i in 0..B spatial
      if lt(x[i, 0], x[i, 1]) {
        let d = sub(x[i, 1], x[i, 0])
        y[i, 2] = d
        y[i, 0] = neg(d)
      }
    hit[] = 1
  }
}
kernel @accumulated(x: f32[B, 5], k: i32[B, 5]) -> a: f32[5], b: f32[5], c: f32[5], d: f32[5], e: i32[5], f: i32[] sizes(B) {
  for i in 0..B reduce
    for j in 0..5 spatial {
      a[j] add= x[i, j]
      b[j] mul= add(x[i, j], 1.0)
      c[j] max= x[i, j]
      d[j] min= x[i, j]
      e[j] mul= sub(k[i, j], 70000)
    }
  for i in 0..B, j in 0..5 reduce
    f[] add= k[i, j]
}
kernel @scattered(at: i32[B, 3], x: f32[B, 3, 5]) -> y: f32[4, 5], rows: f32[B, 4], flat: f32[4] sizes(B) {
  for i in 0..4, j in 0..5 spatial
    y[i, j] = 0.5
  for i in 0..B, i1 in 0..3 reduce
    for j in 0..5 spatial
      if lt(at[i, i1], 2)
        y[at[i, i1], j] add= x[i, i1, j]
  for i in 0..B, h in 0..4 spatial
    rows[i, h] = 0.0
  for i in 0..B spatial
    for i1 in 0..3 reduce
      rows[i, at[i, i1]] add= x[i, i1, 0]
  for h in 0..4 spatial
    flat[h] = 0.0
  for i in 0..B, i1 in 0..3 reduce
    flat[at[i, i1]] max= x[i, i1, 4]
}
kernel @shifted(x: f32[B, 6]) -> y: f32[B, 6] sizes(B) {
  for i in 0..B, j in 0..6 spatial
    y[i, j] = x[i, j]
  for j in 1..6 of 6 sequential
    for i in 0..B spatial
      y[i, j] = add(mul(y[i, sub(j, 1)], 0.5), y[i, j])
  for i in 1..B of B sequential
    for j in 0..6 spatial
      y[i, j] = add(y[sub(i, 1), sub(5, j)], y[i, j])
}
kernel @together(x: f32[B], k: i32[]) -> y: f32[B], z: f32[B], t: bool[B] sizes(B) {
  for i in 0..B spatial {
    y[i] = mul(z[i], 2.0)
    z[i] = add(y[i], x[i])
    t[i] = and(not(t[i]), or(lt(x[i], 0.0), eq(k[], 1)))
  }
}
kernel @folded(x: f32[B]) -> y: f32[B], k: i32[B] sizes(B) {
  for i in 0..B spatial {
    y[i] = add(x[i], add(min(div(1.0, 0.0), mul(3e38, 10.0)), mul(-0.0, x[i])))
    k[i] = add(add(2147483647, 1), div(mul(i, 5), 0))
  }
}
kernel @draws(key: i32[2], n: i32[]) -> u: f32[B, 3], g: f32[B, 3] sizes(B) {
  for i in 0..B, j in 0..3 spatial {
    u[i, j] = uniform(key[0], key[1], n[], add(mul(i, 3), j))
    g[i, j] = normal(key[0], key[1], n[], add(mul(i, 3), j))
  }
}
kernel @wide(${many.map((name) => `${name}: f32[B]`).join(", ")}, k: i32[B], t: bool[B]) -> y: f32[B], n: i32[B], s: bool[B] sizes(B) {
  for i in 0..B spatial {
    row kept: f32[B]
    for j in 0..B spatial
      kept[j] = mul(a[j], g[i])
    y[i] = add(select(t[i], ${sum(many, "i")}, h[i]), kept[sub(size(B - 1), i)])
    n[i] = add(n[i], k[i])
    s[i] = not(t[i])
  }
}
kernel @fn(var: f32[B], array: i32[B], f32: f32[B], heap: f32[B]) -> target: f32[B], numbers: f32[B] sizes(B) {
  for lane in 0..B spatial
    for n in 0..1 spatial {
      let group = add(var[lane], f32[lane])
      let max = reduce max member in 0..array[lane] of B (var[member])
      target[lane] = select(lt(group, max), heap[lane], mul(group, f32(n)))
      numbers[lane] = exp(group)
    }
}
`);
