// Contractions of halves in matrices: what is written for devices that have them compiles, and gives the product where
// arrays of f32 stand for matrices.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emitShader, sourceOf } from "../../../compiler/backends/wgsl/shader.ts";
import { matrixBytes, matrixTiles } from "../../../compiler/backends/wgsl/matrix-tiles.ts";
import type { MatrixTile } from "../../../compiler/backends/wgsl/matrix-tiles.ts";
import type { ShaderSource } from "../../../compiler/backends/wgsl/shader.ts";
import { sharingKey, sharingOf } from "../../../compiler/backends/wgsl/sharing.ts";
import type { Choices } from "../../../compiler/backends/wgsl/plan-launches.ts";
import { webgpu } from "../../../compiler/costs/webgpu.ts";
import { lower } from "../../../compiler/lower/lower.ts";
import { compile } from "../../../compiler/pipeline.ts";
import { abilitiesOf, matrixMemory } from "../../../runtime/webgpu/abilities.ts";
import type { Abilities } from "../../../runtime/webgpu/abilities.ts";
import { createRandom } from "../../ir/random.ts";
import { differencesOf, drawCase, drawSpecial } from "./against-interpreter.ts";
import { refusalOf } from "./check-shaders.ts";
import { contractions, product, smallTile } from "./contractions.ts";
import type { Layout } from "./contractions.ts";
import { hasSwiftShader, needsSwiftShader, openNullDevice, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";
import { emulateMatrices } from "./emulate-matrices.ts";
import { allHalves, textOf } from "./run-shader.ts";

const inMatrices = (tile: MatrixTile): Partial<Choices> => ({
  tileOf: () => smallTile,
  matrixTileOf: () => tile,
  split: (kernel) => kernel,
});

const layouts: readonly Layout[] = ["nn", "tn", "nt", "tt"];

const both: Abilities = { halves: true, matrices: true, subgroup: null };
const inTiles: Abilities = { halves: true, matrices: false, subgroup: null };
/** A tile that needs more memory than this device lets a workgroup have is refused for that alone. */
const tooLarge = /workgroup storage/i;

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));

const features = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"];

test("shaders in matrices compile for a device that has them", { timeout: 60_000 }, async () => {
  const { device, close } = await openNullDevice(features as GPUFeatureName[]);
  const abilities = await abilitiesOf(device);
  expect(abilities).toEqual(both);
  const kernels = [...layouts.map((layout) => product(layout, {})), ...contractions];
  for (const tile of matrixTiles)
    for (const kernel of kernels) {
      const shader = emitShader([sourceOf(kernel, allHalves(kernel))], undefined, inMatrices(tile));
      const text = textOf(shader, abilities);
      expect(text).toContain("subgroupMatrixMultiplyAccumulate(");
      const refusal = await refusalOf(device, shader, text);
      expect(refusal === null || tooLarge.test(refusal), refusal ?? "").toBe(true);
      expect(textOf(shader, inTiles)).not.toContain("subgroup");
    }
  close();
});

test.each(["gpt/gpt.dlm", "digits/cnn.dlm"])(
  "products of %s compile for devices with matrices and without",
  { timeout: 120_000 },
  async (path) => {
    const { device, close } = await openNullDevice(features as GPUFeatureName[]);
    const { modules } = compile({
      entry: `${examples}${path}`,
      read: (file) => readFileSync(file, "utf8"),
      precision: "mixed",
      steps: false,
    });
    const sources = new Map<string, ShaderSource>();
    for (const [k, module] of modules.entries()) {
      const plan = lower(module, { target: webgpu });
      for (const entry of plan.entries)
        for (const dispatch of entry.dispatches) {
          const { kernel } = plan.kernels[dispatch.kernel]!;
          const sharing = sharingOf(entry, dispatch, kernel);
          const key = `${dispatch.kernel} ${sharingKey(sharing)}`;
          sources.set(`${k} ${key}`, { kernel, sharing });
        }
    }
    let found = 0;
    for (const source of sources.values()) {
      const shader = emitShader([source]);
      if (shader.module.endings.matrices === undefined) continue;
      found++;
      expect(await refusalOf(device, shader, textOf(shader, inTiles))).toBeNull();
      const refusal = await refusalOf(device, shader, textOf(shader, both));
      expect(refusal === null || tooLarge.test(refusal), refusal ?? "").toBe(true);
    }
    expect(found).toBeGreaterThan(3);
    close();
  },
);

test("tiles of matrices fit the memory that is asked for, however operands lie", () => {
  for (const tile of matrixTiles)
    for (const left of [false, true])
      for (const right of [false, true]) {
        const lies = (liesAlongDepth: boolean) => ({ value: null!, guards: [], liesAlongDepth });
        const bytes = matrixBytes(tile, { left: lies(left), right: lies(right) });
        expect(bytes).toBeLessThanOrEqual(matrixMemory);
      }
});

/**
 * Two steps of the depth, two by two matrices for a subgroup and several subgroups each way; and the least there is, which
 * compiles in a moment.
 */
const wide: MatrixTile = {
  rows: 64,
  columns: 64,
  depth: 32,
  perSubgroup: { rows: 32, columns: 32 },
};
const least: MatrixTile = {
  rows: 32,
  columns: 32,
  depth: 16,
  perSubgroup: { rows: 16, columns: 16 },
};

const ragged = layouts.map((layout) => product(layout, { M: 37, N: 71, K: 45 }));
/** Batches and results of two kinds, rows and columns of several axes, and masks. */
const written = ["dense", "heads", "wide", "ofInput", "triangle"];
const cases = [
  ...ragged.map((kernel) => ({ kernel, tile: least })),
  ...ragged.slice(1, 3).map((kernel) => ({ kernel, tile: wide })),
  ...contractions
    .filter(({ name }) => written.includes(name))
    .map((kernel) => ({ kernel, tile: least })),
].map((one) => ({ ...one, name: one.kernel.name, columns: one.tile.columns }));

describe.skipIf(!hasSwiftShader)(`emulated (${needsSwiftShader})`, () => {
  let opened: Device;
  beforeAll(async () => {
    opened = await openSwiftShader({ maxComputeWorkgroupStorageSize: matrixMemory });
  });
  afterAll(() => opened.close());

  test.each(cases)("$name, $columns columns", { timeout: 120_000 }, async ({ kernel, tile }) => {
    const random = createRandom(23);
    const sizes = new Map([
      ["B", 5],
      ["T", 9],
    ]);
    const drawn = [drawCase(kernel, sizes, random)!, drawSpecial(kernel, sizes, random)!];
    const ways = inMatrices(tile);
    const { device } = opened;
    const { found } = await differencesOf(device, drawn, ways, allHalves, emulateMatrices);
    expect(found).toEqual([]);
  });
});
