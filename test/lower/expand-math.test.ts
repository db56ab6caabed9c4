import { expect, test } from "vitest";
import type { Expr } from "../../compiler/kernel/expr.ts";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { expandMath } from "../../compiler/lower/expand-math.ts";
import { createRebuild } from "../../compiler/lower/rebuild.ts";
import { visitExprs } from "../../compiler/lower/statements.ts";

const crossEntropy =
  parseKernel(`kernel @crossEntropy(z: f32[B, 7]) -> loss: f32[B], dz: f32[B, 7] sizes(B) {
  for b in 0..B spatial {
    let m = reduce max j in 0..7 (z[b, j])
    let s = reduce add j in 0..7 (exp(sub(z[b, j], m)))
    let lse = add(m, log(s))
    loss[b] = sub(lse, z[b, 3])
    for j in 0..7 spatial
      if lt(tanh(z[b, j]), 0.9) {
        dz[b, j] = mul(exp(sub(z[b, j], lse)), erf(z[b, j]))
      }
  }
}`);

const others = parseKernel(`kernel @others(z: f32[5], n: i32[]) -> out: f32[5], power: i32[] {
  for i in 0..5 spatial
    out[i] = add(pow(abs(z[i]), 2.5), add(normal(1, 2, n[], i), mul(sigmoid(z[i]), atan(cos(z[i])))))
  power[] = pow(n[], 3)
}`);

const callsIn = (kernel: Kernel): readonly Extract<Expr, { kind: "call" }>[] => {
  const found: Extract<Expr, { kind: "call" }>[] = [];
  visitExprs(kernel.body, (e) => {
    if (e.kind === "call") found.push(e);
  });
  return found;
};

const z = (...shape: readonly number[]) =>
  tensor(
    "f32",
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, n) => 2.5 * Math.sin(3 * n)),
  );

test.each([
  ["softmax with cross-entropy", crossEntropy, new Map([["z", z(3, 7)]])],
  [
    "powers and draws",
    others,
    new Map([
      ["z", z(5)],
      ["n", tensor("i32", [], [4])],
    ]),
  ],
])("%s computes the same without transcendentals", (_, kernel, buffers) => {
  const expanded = expandMath(kernel);
  verifyKernel(expanded, "expandMath");
  const sizes = new Map([["B", 3]]);
  const wanted = interpretKernel(kernel, buffers, sizes);
  for (const [name, { data }] of interpretKernel(expanded, buffers, sizes))
    data.forEach((got, k) => {
      const want = wanted.get(name)!.data[k]!;
      if (Number.isNaN(want)) expect(got).toBeNaN();
      else expect(Math.abs(got - want)).toBeLessThan(1e-6 * (1 + Math.abs(want)));
    });
});

test("nothing that vectors lack is left, whole numbers keep their powers", () => {
  const left = [crossEntropy, others].flatMap((kernel) => callsIn(expandMath(kernel)));
  const vector =
    /^(add|sub|mul|div|abs|floor|sqrt|lt|eq|and|not|select|cast|toBits|fromBits|shl|bitAnd|bitXor|max)$/;
  const rest = left.filter(({ fn }) => !vector.test(fn)).map(({ fn, dtype }) => `${fn} ${dtype}`);
  expect(new Set(rest)).toEqual(new Set(["pow i32", "uniform f32"]));
});

test("what a formula uses twice is one object, and stays one through later passes", () => {
  const once = callsIn(expandMath(crossEntropy)).length;
  expect(once).toBeLessThan(250);
  const kept = createRebuild(() => null);
  const again = { ...expandMath(crossEntropy) };
  visitExprs(again.body, (e) => expect(kept(e)).toBe(e));
});

test("a kernel without transcendentals stays as it is", () => {
  const expanded = expandMath(crossEntropy);
  expect(expandMath(expanded)).toEqual(expanded);
});
