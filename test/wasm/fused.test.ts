// Products that are rounded once with their sums: as exact as those that are rounded twice, and made where the engine has
// them, unless a recipe is to give the same bits everywhere.

import { expect, test } from "vitest";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { wasmBackend } from "../../compiler/backends/wasm/index.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { optimise } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { canFuse } from "../../runtime/hosts/fuse.ts";
import { allowFusedProducts } from "../../runtime/node/fused-products.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { differencesIn, drawCase, drawSpecial } from "../backends/wgsl/against-interpreter.ts";
import { contractions, product } from "../backends/wgsl/contractions.ts";
import type { Layout } from "../backends/wgsl/contractions.ts";
import { functionCases } from "../backends/wgsl/function-cases.ts";
import { runDlm } from "../cli/run-dlm.ts";
import { compileProgram } from "../goldens/compile.ts";
import { createRandom } from "../ir/random.ts";
import { functionErrors } from "./function-errors.ts";
import { kernelBytes, runKernel } from "./run-kernel.ts";

const recipe = (name: string, deterministic: string): string => `
model Net(x: [B, 5]) -> [B, 3] { return x -> Dense(37) -> tanh -> Dense(3) }
train ${name} {
  data x: [B, 5], y: [B, 3]
  let net = Net()
  minimize mean((net(x) - y)^2) using Adam(lr = 0.05)
  deterministic: ${deterministic}
}`;

/** What it runs on, and losses of a few steps. A program is compiled once, so each name is another program. */
const trained = async (name: string, deterministic: string) => {
  const module = optimise(compileProgram(recipe(name, deterministic), name));
  const program = (await instantiate(module, { backend: wasmBackend })) as TrainProgram;
  const trainer = new Trainer<Record<string, Float32Array>, { loss: number }, unknown>(program);
  await startTrainer(trainer, { seed: 3 });
  const draw = (length: number) => Float32Array.from({ length }, (_, k) => Math.sin(3 * k + 1));
  const losses: number[] = [];
  for (let n = 0; n < 7; n++) losses.push((await trainer.step({ x: draw(35), y: draw(21) })).loss);
  const { device } = trainer;
  trainer.dispose();
  return { device, losses };
};

// The flag cannot be taken back, so what is without it comes first.
const without = canFuse()
  ? null
  : { any: await trained("Any", "true"), portable: await trained("Portable", '"portable"') };
const isAllowed = allowFusedProducts();

test("this engine can be made to have them", () => expect(isAllowed).toBe(true));

test.each(functionCases)("$name is as exact with them", (one) =>
  expect(functionErrors(one, true)).toEqual([]),
);

test("a trainer says whether it has them, and its losses differ by rounding alone", async () => {
  const { device, losses } = await trained("Fused", "true");
  expect(device).toBe("WebAssembly, fused");
  if (without === null) return;
  expect(without.any.device).toBe("WebAssembly");
  expect(losses).not.toEqual(without.any.losses);
  losses.forEach((loss, n) => expect(loss).toBeCloseTo(without.any.losses[n]!, 5));
});

test("a recipe that is portable has none", async () => {
  const { device, losses } = await trained("PortableToo", '"portable"');
  expect(device).toBe("WebAssembly");
  if (without !== null) expect(losses).toEqual(without.portable.losses);
});

test("`--fma` allows them", async () => {
  const { code, out } = await runDlm(["train", "--help"]);
  expect(code).toBe(0);
  expect(out).toMatch(/--fma +with --backend wasm/);
  expect((await runDlm(["inspect", "x.dlm", "--fma"])).code).toBe(2);
});

const layouts: readonly Layout[] = ["nn", "tn", "nt", "tt"];
const products = layouts.flatMap((layout) => [
  product(layout, { M: 33, N: 13, K: 17 }),
  product(layout, { M: 1, N: 37, K: 19 }),
  product(layout, { M: 3, N: 5, K: 9 }),
]);
const sizes = new Map([
  ["B", 17],
  ["T", 9],
]);

const agree = (kernel: Kernel): void => {
  const random = createRandom(3);
  const cases = [drawCase(kernel, sizes, random)!, drawSpecial(kernel, sizes, random)!];
  const results = cases.map(({ buffers }) => runKernel(kernel, buffers, sizes, undefined, true));
  expect(differencesIn(cases, results)).toEqual({ found: [], unstable: [] });
};

test("products are those of the interpreter", () => products.forEach(agree));
test.each(contractions)("$name is that of the interpreter", agree);

test("a product of a tile differs in its bits, so it is really rounded once", () => {
  const kernel = product("nn", { M: 33, N: 16, K: 17 });
  const { buffers } = drawCase(kernel, sizes, createRandom(3))!;
  const [once, twice] = [true, false].map((isFused) =>
    runKernel(kernel, buffers, sizes, undefined, isFused),
  );
  expect(once).not.toEqual(twice);
});

test("as many sums as products are marked, and nothing else", () => {
  const { bytes, steps } = kernelBytes(product("nn", { M: 33, N: 77, K: 130 }));
  let at = 0;
  const found = steps.flatMap((step) => {
    at += step;
    return step === 255 ? [] : [[...bytes.subarray(at, at + 3)]];
  });
  expect(found.length).toBeGreaterThan(8);
  found.forEach((code) =>
    expect([
      [0xfd, 0xe6, 1],
      [0xfd, 0xe4, 1],
    ]).toContainEqual(code),
  );
  const sums = found.filter(([, code]) => code === 0xe4);
  expect(sums.length).toBe(found.length / 2);
});
