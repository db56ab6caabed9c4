// Attention in one kernel: a range, two numbers carried, and a row that is summed up in.

import { expect, test } from "vitest";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { compareEmitted, loadEmitted } from "./emitted.ts";

const online = `kernel @online(q: f32[T, 3], k: f32[T, 3], v: f32[T, 5]) -> o: f32[T, 5], lse: f32[T] sizes(T) {
  for t in 0..T spatial {
    row acc: f32[5]
    for d in 0..5 spatial
      acc[d] = 0.0
    for u in 0..add(t, 1) of T sequential carry m = -inf, l = 0.0 {
      let s = mul(reduce add c in 0..3 (mul(q[t, c], k[u, c])), 0.5)
      let n = max(m, s)
      let a = exp(sub(m, n))
      let p = exp(sub(s, n))
      for d in 0..5 spatial
        acc[d] = add(mul(acc[d], a), mul(p, v[u, d]))
      next m = n, l = add(mul(l, a), p)
    }
    lse[t] = add(m, log(l))
    for d in 0..5 spatial
      o[t, d] = div(acc[d], l)
  }
}
`;

/** The same over whole rows of weights, which are all there at once. */
const plain = `kernel @plain(q: f32[T, 3], k: f32[T, 3], v: f32[T, 5]) -> o: f32[T, 5], lse: f32[T] sizes(T) {
  for t in 0..T spatial {
    row s: f32[T]
    for u in 0..T spatial
      s[u] = mul(reduce add c in 0..3 (mul(q[t, c], k[u, c])), 0.5)
    let m = reduce max u1 in 0..T where le(u1, t) (s[u1])
    let l = reduce add u2 in 0..T where le(u2, t) (exp(sub(s[u2], m)))
    lse[t] = add(m, log(l))
    for d in 0..5 spatial
      o[t, d] = div(reduce add u3 in 0..T where le(u3, t) (mul(exp(sub(s[u3], m)), v[u3, d])), l)
  }
}
`;

const wave = (step: number, ...shape: readonly number[]) =>
  tensor(
    "f32",
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, n) =>
      Math.fround(2 * Math.sin(step * n + 1)),
    ),
  );

test.each([1, 2, 7])("over %d positions both ways are the same", async (T) => {
  const buffers = new Map([
    ["q", wave(3, T, 3)],
    ["k", wave(5, T, 3)],
    ["v", wave(7, T, 5)],
  ]);
  const sizes = new Map([["T", T]]);
  const kernels = [online, plain].map(parseKernel);
  const runs = await loadEmitted(kernels);
  kernels.forEach((kernel, n) => {
    verifyKernel(kernel);
    expect(printKernel(kernel)).toBe([online, plain][n]);
    compareEmitted(runs[n]!, kernel, buffers, sizes);
  });
  const [one, other] = kernels.map((kernel) => interpretKernel(kernel, buffers, sizes));
  for (const name of ["o", "lse"])
    one!.get(name)!.data.forEach((value, at) => {
      expect(value, `${name}[${at}]`).toBeCloseTo(other!.get(name)!.data[at]!, 12);
    });
});
