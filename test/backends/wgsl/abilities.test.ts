// What is asked of an adapter, and what is not where it would be of no use.

import { expect, test } from "vitest";
import { headOf, matrixMemory, moduleText, wishesOf } from "../../../runtime/webgpu/abilities.ts";

type Adapter = Parameters<ReturnType<typeof wishesOf>>[0];

const config = { componentType: "f16", resultComponentType: "f32", M: 16, N: 16, K: 16 };
const large = {
  features: ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"],
  storage: matrixMemory,
  sizes: [32, 32],
  configs: [{ ...config, resultComponentType: "f16" }, config],
};
const adapter = (change: Partial<typeof large> = {}): Adapter => {
  const { features, storage, sizes, configs } = { ...large, ...change };
  return {
    features: new Set(features),
    limits: { maxComputeWorkgroupStorageSize: storage },
    info: {
      subgroupMinSize: sizes[0],
      subgroupMaxSize: sizes[1],
      subgroupMatrixConfigs: configs,
    },
  } as unknown as Adapter;
};

const products = { text: "a", tiles: "b", matrices: "c" };

test("matrices are asked for where there is a use for them and the adapter has ours", () => {
  const wishes = wishesOf({ halves: true, modules: ["", products] });
  expect(wishes(adapter())).toEqual({
    features: large.features,
    limits: { maxComputeWorkgroupStorageSize: matrixMemory },
  });
  const halvesAlone = { features: ["shader-f16"], limits: {} };
  expect(wishesOf({ halves: true, modules: [""] })(adapter())).toEqual(halvesAlone);
  for (const less of [
    { features: ["shader-f16", "subgroups"] },
    { storage: 16_384 },
    { sizes: [16, 32] },
    { sizes: [64, 64] },
    { configs: [{ ...config, M: 8 }] },
    { configs: [] },
  ])
    expect(wishes(adapter(less))).toEqual(halvesAlone);
});

test("nothing is asked for without f16, or by a program without halves", () => {
  const nothing = { features: [], limits: {} };
  expect(wishesOf({ halves: true, modules: [products] })(adapter({ features: [] }))).toEqual(
    nothing,
  );
  expect(wishesOf({ halves: false, modules: [""] })(adapter())).toEqual(nothing);
});

test("a module has one of its endings, behind a head that fits", () => {
  const both = { halves: true, matrices: true };
  expect(moduleText(products, both)).toBe("ac");
  expect(moduleText(products, { halves: true, matrices: false })).toBe("ab");
  expect(moduleText("all", both)).toBe("all");
  expect(headOf(both)).toMatch(/^diagnostic\(off, .*enable f16; .*alias half = f16;$/);
  expect(headOf({ halves: false, matrices: false })).toBe("alias half = f32;");
});
