// Contractions in tiles on SwiftShader, against the interpreter.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noPlaces } from "../../../compiler/backends/places.ts";
import { emitShader, sourceOf } from "../../../compiler/backends/wgsl/shader.ts";
import { anyDevice, fits, tiles } from "../../../compiler/backends/wgsl/tiles.ts";
import type { Tile } from "../../../compiler/backends/wgsl/tiles.ts";
import { verifyKernel } from "../../../compiler/kernel/verify.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { createRandom } from "../../ir/random.ts";
import { differencesOf, drawCase, drawSpecial } from "./against-interpreter.ts";
import { contractions, product, smallTile } from "./contractions.ts";
import type { Layout } from "./contractions.ts";
import { refusalOf } from "./check-shaders.ts";
import { hasSwiftShader, needsSwiftShader, openNullDevice, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";

let opened: Device | null = null;
beforeAll(async () => {
  if (hasSwiftShader) opened = await openSwiftShader();
});
afterAll(() => opened?.close());

const agree = async (
  kernel: Kernel,
  sizes: readonly (readonly (readonly [string, number])[])[],
  tile: Tile,
  draw = drawCase,
): Promise<void> => {
  verifyKernel(kernel);
  const random = createRandom(5);
  const cases = sizes.map((s) => draw(kernel, new Map(s), random)!);
  let isTiled = false;
  const found = await differencesOf(opened!.device, cases, {
    tileOf: () => {
      isTiled = true;
      return tile;
    },
  });
  expect(found).toEqual({ found: [], unstable: [] });
  expect(isTiled).toBe(true);
};

const layouts: readonly Layout[] = ["nn", "tn", "nt", "tt"];
const ragged = [
  { M: 1, N: 1, K: 1 },
  { M: 3, N: 5, K: 2 },
  { M: 7, N: 13, K: 17 },
  { M: 33, N: 77, K: 130 },
  { M: 64, N: 64, K: 64 },
];

describe.skipIf(!hasSwiftShader)(`tiles (${needsSwiftShader})`, () => {
  test.each(layouts)("products of known sizes, %s", async (layout) => {
    for (const sizes of ragged) await agree(product(layout, sizes), [[]], smallTile);
  });

  test.each(layouts)("products of open sizes, %s", async (layout) => {
    const some = [...ragged, { M: 0, N: 3, K: 2 }, { M: 3, N: 5, K: 0 }];
    await agree(product(layout, {}), some.map(Object.entries), smallTile);
  });

  test.each(contractions)("$name", async (kernel) => {
    const sizes = [
      [1, 1],
      [3, 5],
      [17, 9],
    ].map(([B, T]) => [["B", B!] as const, ["T", T!] as const]);
    await agree(kernel, sizes, smallTile);
    await agree(kernel, [sizes[2]!], smallTile, drawSpecial);
  });

  test.each(tiles)("a tile of $rows x $columns x $depth", async (tile) => {
    const [M, N, K] = [tile.rows + 3, tile.columns + 5, tile.depth * 2 + 1];
    await agree(product("tn", { M, N, K }), [[]], tile);
  });

  test("open rows, and columns and depth that are whole tiles", async () => {
    const tile = tiles.find(({ rows, columns }) => rows === 32 && columns === 32)!;
    await agree(product("nt", { N: 64, K: 32 }), [[["M", 35]], [["M", 64]]], tile);
  });
});

test("every tile compiles within the limits of browsers, wherever it fits", async () => {
  const { device, close } = await openNullDevice();
  for (const tile of tiles)
    for (const layout of layouts) {
      let isTiled = false;
      const shader = emitShader([sourceOf(product(layout, { N: 130 }))], noPlaces, {
        tileOf: (contraction) => {
          isTiled = fits(anyDevice, tile, contraction);
          return isTiled ? tile : null;
        },
      });
      expect(await refusalOf(device, shader)).toBeNull();
      expect(isTiled || tile.depth * tile.rows === 2048).toBe(true);
    }
  close();
});
