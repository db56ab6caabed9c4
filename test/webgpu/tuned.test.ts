// A recipe whose kernels a file has in other ways than costs say trains as it does on this thread.

import { expect, test } from "vitest";
import { wayText } from "../../compiler/backends/wgsl/candidates.ts";
import { choicesOn, webgpuBackendFor } from "../../compiler/backends/wgsl/index.ts";
import { planLaunches } from "../../compiler/backends/wgsl/plan-launches.ts";
import type { Choices } from "../../compiler/backends/wgsl/plan-launches.ts";
import { anyDevice } from "../../compiler/backends/wgsl/tiles.ts";
import { tasksOf } from "../../compiler/backends/wgsl/tuning-tasks.ts";
import { sizesFor } from "../../compiler/cli/inspect/entry-sizes.ts";
import { webgpu } from "../../compiler/costs/webgpu.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { tunedFile, tunedWay } from "../backends/wgsl/tuned-file.ts";
import { compileRecipe, start } from "../runtime/recipe.ts";

const recipe = `model Net(x: [B, 20]) -> [B, 3] {
  return x -> Dense(33) -> LayerNorm() -> gelu -> Dense(3)
}
train Fit {
  data x: [B, 20], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 0.01)
}`;

const count = 7;
const batch = (seed: number): ArrayBatch => ({
  x: Float32Array.from({ length: 20 * count }, (_, i) => Math.sin(seed + 1.7 * i)),
  label: Int32Array.from({ length: count }, (_, i) => (i + seed) % 3),
});

/** The cheapest other way of each launch whose shader takes no seconds to compile. */
const otherWays = (): ReturnType<typeof tunedFile> => {
  const { modules } = compile({ entry: "a.dlm", read: () => recipe });
  const plan = lower(modules.at(-1)!, { target: webgpu });
  const tasks = tasksOf([plan], anyDevice, (entry) => sizesFor(entry, null));
  const ways = tasks.flatMap(({ key, candidates }) => {
    const other = candidates.slice(1).find(({ text }) => !text.startsWith("tiles"));
    return other === undefined ? [] : [[key, tunedWay(other.text)] as const];
  });
  const tuned = tunedFile(Object.fromEntries(ways));
  const waysBy = (choices: Partial<Choices>): readonly string[] =>
    plan.kernels.flatMap(({ kernel }) =>
      planLaunches(kernel, choices).launches.map(({ way }) => wayText(way)),
    );
  const [byCost, others] = [waysBy({}), waysBy(choicesOn({ tuned })("f32"))];
  expect(others.filter((way, k) => way !== byCost[k]).length).toBeGreaterThan(8);
  return tuned;
};

const losses = async (program: TrainProgram, gpu: GPU | null): Promise<readonly number[]> => {
  const trainer = await start(program, { seed: 5, ...(gpu === null ? {} : { gpu }) });
  const all = [];
  for (let seed = 0; seed < 4; seed++) all.push((await trainer.step(batch(seed)))["loss"]!);
  trainer.dispose();
  return all;
};

test.skipIf(!hasSwiftShader)(
  `training in other ways (${needsSwiftShader})`,
  { timeout: 120_000 },
  async () => {
    const tuned = otherWays();
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    const inOtherWays = await compileRecipe(recipe, webgpuBackendFor({ tuned, warn }));
    expect(warnings).toEqual([]);
    const wanted = await losses(await compileRecipe(recipe), null);
    const found = await losses(inOtherWays, swiftShaderGpu());
    for (const [k, loss] of wanted.entries()) expect(found[k]).toBeCloseTo(loss, 4);
    expect(wanted.at(-1)).not.toBe(wanted[0]);
  },
);
