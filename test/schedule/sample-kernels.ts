// Kernels to schedule: those of examples, of generated programs, and two written by hand.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createPrelude } from "../../compiler/frontend/index.ts";
import { parseKernels } from "../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { createKernelKey } from "../../compiler/lower/kernel-key.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { compile } from "../../compiler/pipeline.ts";
import { generate } from "../fuzz/generate.ts";
import { programText } from "../fuzz/program.ts";

/** A product with two results, and rows that hold products. */
export const byHand = parseKernels(`
kernel @product(a: f32[B, 7], b: f32[7, 10]) -> c: f32[B, 10], d: f32[B, 10] sizes(B) {
  for i in 0..B, j in 0..10 spatial {
    c[i, j] = reduce add k in 0..7 (mul(a[i, k], b[k, j]))
    d[i, j] = add(reduce max k in 0..7 (mul(a[i, k], b[k, j])), a[i, 2])
  }
}
kernel @rows(q: f32[B, 3], k: f32[7, 3], v: f32[7, 5]) -> p: f32[B, 7], z: f32[B], y: f32[B, 7], r: f32[B], g: f32[B, B, 5], o: f32[B, 5] sizes(B) {
  for t in 0..B spatial {
    for u in 0..7 spatial
      p[t, u] = reduce add d in 0..3 (mul(q[t, d], k[u, d]))
    for h in 0..sub(t, 1) of B, n in 0..5 spatial
      g[t, h, n] = reduce add d in 0..3 (mul(q[h, d], v[d, n]))
    let m = reduce max w in 0..7 (p[t, w])
    let s = reduce add w in 0..7 (exp(sub(p[t, w], m)))
    if lt(m, 0.5) {
      z[t] = s
    }
    for w in 0..7 sequential carry most = 0.0, sum = m {
      y[t, w] = mul(most, sum)
      next most = max(most, p[t, w]), sum = add(most, sum)
    }
    r[t] = add(sum, reduce add h in 0..add(t, 1) of B where lt(p[t, 0], q[h, 1]) (q[h, 0]))
    for e in 0..5 spatial
      o[t, e] = div(reduce add w in 0..7 (mul(exp(sub(p[t, w], m)), v[w, e])), s)
  }
}
`);

const prelude = createPrelude();

const kernelsOf = (
  entry: string,
  read: (path: string) => string | null,
  specialize: Readonly<Record<string, number>>,
): readonly Kernel[] =>
  compile({ entry, read, prelude, specialize, steps: false }).modules.flatMap((module) =>
    lower(module).kernels.map(({ kernel }) => kernel),
  );

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const folders = ["iris", "digits", "gpt"];

const ofExamples = (): readonly Kernel[] =>
  folders
    .flatMap((folder) => readdirSync(`${examples}${folder}`).map((name) => `${folder}/${name}`))
    .filter((path) => path.endsWith(".dlm"))
    .flatMap((path) =>
      kernelsOf(
        `${examples}${path}`,
        (file) => (existsSync(file) ? readFileSync(file, "utf8") : null),
        {},
      ),
    );

/** Each second program has a size that is known when it is compiled. */
export const ofGenerated = (first: number, count: number): readonly Kernel[] =>
  Array.from({ length: count }, (_, k) => programText(generate(first + k, 24))).flatMap((text, k) =>
    kernelsOf("fuzz.dlm", (path) => (path === "fuzz.dlm" ? text : null), k % 2 ? { B: 6 } : {}),
  );

/** Each distinct kernel once. */
export const distinct = (kernels: readonly Kernel[]): readonly Kernel[] => {
  const keyOf = createKernelKey();
  return [...new Map(kernels.map((kernel) => [keyOf(kernel), kernel])).values()];
};

export const sampleKernels = (firstSeed: number, programs: number): readonly Kernel[] =>
  distinct([...byHand, ...ofExamples(), ...ofGenerated(firstSeed, programs)]);
