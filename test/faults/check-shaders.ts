// Shaders on SwiftShader until one computes something else: kernels, a few updates, and generated programs.

import type { MatrixTile } from "../../compiler/backends/wgsl/matrix-tiles.ts";
import type { Choices } from "../../compiler/backends/wgsl/plan-launches.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { noAbilities } from "../../runtime/webgpu/abilities.ts";
import { openDevice } from "../../runtime/webgpu/open-device.ts";
import { differencesOf, drawCase } from "../backends/wgsl/against-interpreter.ts";
import { contractions, product, smallTile } from "../backends/wgsl/contractions.ts";
import type { Layout } from "../backends/wgsl/contractions.ts";
import { swiftShaderGpu } from "../backends/wgsl/device.ts";
import { emulateMatrices } from "../backends/wgsl/emulate-matrices.ts";
import { allHalves } from "../backends/wgsl/run-shader.ts";
import type { Emulation, HalvesOf } from "../backends/wgsl/run-shader.ts";
import { sharedLaunches } from "../backends/wgsl/shared-launches.ts";
import { writtenKernels } from "../backends/wgsl/written-kernels.ts";
import { checkOn } from "../fuzz/device.ts";
import { generate } from "../fuzz/generate.ts";
import { verdictOf } from "../fuzz/run.ts";
import { compileProgram } from "../goldens/compile.ts";
import { createRandom } from "../ir/random.ts";
import { trainingApart } from "../programs/twin.ts";
import { onSwiftShader } from "../webgpu/targets.ts";
import { batchOf, recipe } from "./fit-recipe.ts";

const layouts: readonly Layout[] = ["nn", "tn", "nt", "tt"];
const kernels: readonly Kernel[] = [
  ...layouts.map((layout) => product(layout, { M: 7, N: 13, K: 17 })),
  ...contractions,
  ...writtenKernels,
];
const sizes = new Map([
  ["B", 7],
  ["T", 9],
]);

const matrixTile: MatrixTile = {
  rows: 32,
  columns: 32,
  depth: 16,
  perSubgroup: { rows: 16, columns: 16 },
};

type Way = {
  readonly kernels: readonly Kernel[];
  /** How their launches are computed. */
  readonly choices: Partial<Choices>;
  readonly halvesOf?: HalvesOf;
  readonly emulation?: Emulation;
};

const byLanes: Way = {
  kernels: sharedLaunches,
  choices: { teamOf: () => ({ elements: 2, lanes: 8, isAlong: true }) },
};
const ways: readonly Way[] = [
  { kernels, choices: { tileOf: () => smallTile } },
  byLanes,
  // As on a device without subgroups.
  { ...byLanes, emulation: { abilities: noAbilities, rewrite: (text) => text } },
  {
    kernels: [product("nt", { M: 7, N: 29, K: 17 })],
    choices: { tileOf: () => smallTile, matrixTileOf: () => matrixTile },
    halvesOf: allHalves,
    emulation: emulateMatrices,
  },
];

type Find = (gpu: GPU) => Promise<string | null>;

const findInKernels: Find = async (gpu) => {
  const { device } = await openDevice({ gpu }, () => ({ features: ["subgroups"], limits: {} }));
  const random = createRandom(3);
  for (const { kernels, choices, halvesOf, emulation } of ways)
    for (const kernel of kernels) {
      const drawn = drawCase(kernel, sizes, random);
      const cases = drawn === null ? [] : [drawn];
      const { found } = await differencesOf(device, cases, choices, halvesOf, emulation);
      if (found.length > 0) return found[0]!;
    }
  device.destroy();
  return null;
};

const findInUpdates: Find = async (gpu) => {
  const on = { backend: onSwiftShader, gpu };
  const apart = await trainingApart(compileProgram(recipe, "Fit"), (n) => batchOf(n, 5), 3, on);
  const off = [...apart].find(([, difference]) => !(difference < 1e-4));
  return off === undefined ? null : `${off[0]} is ${off[1]} off`;
};

const firstSeed = 7000;
const count = 20;

const findInPrograms: Find = async (gpu) => {
  const check = checkOn(gpu, () => {});
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const verdict = await verdictOf(generate(seed), check);
    if (verdict !== null) return `seed ${seed}: ${verdict}`;
  }
  return null;
};

export const findInShaders = async (): Promise<string | null> => {
  const gpu = swiftShaderGpu();
  return (await findInKernels(gpu)) ?? (await findInUpdates(gpu)) ?? (await findInPrograms(gpu));
};
