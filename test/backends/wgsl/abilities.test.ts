// What is asked of an adapter, and what is not where it would be of no use.

import { expect, test } from "vitest";
import {
  headOf,
  matrixMemory,
  moduleText,
  noAbilities,
  wishesOf,
} from "../../../runtime/webgpu/abilities.ts";
import type { Abilities } from "../../../runtime/webgpu/abilities.ts";

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

const products = { text: "a", endings: { matrices: { on: "c", off: "b" } } };
const sums = { text: "d", endings: { subgroups: { on: "f", off: "e" } } };
const both = { text: "g", endings: { ...products.endings, ...sums.endings } };

const nothing = { features: [], limits: {} };

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

test("subgroups are asked for where lanes combine sums and all subgroups have one size", () => {
  const wishes = wishesOf({ halves: false, modules: ["", sums] });
  const subgroupsAlone = { features: ["subgroups"], limits: {} };
  expect(wishes(adapter())).toEqual(subgroupsAlone);
  expect(wishes(adapter({ features: ["subgroups"], sizes: [64, 64] }))).toEqual(subgroupsAlone);
  expect(wishes(adapter({ sizes: [8, 32] }))).toEqual(nothing);
  expect(wishes(adapter({ features: ["shader-f16"] }))).toEqual(nothing);
  expect(wishesOf({ halves: false, modules: [""] })(adapter())).toEqual(nothing);
  const mixed = wishesOf({ halves: true, modules: [products, sums] });
  expect(mixed(adapter({ configs: [] })).features).toEqual(["shader-f16", "subgroups"]);
  expect(mixed(adapter()).features).toEqual(large.features);
});

test("who wants none gets no subgroups, and no matrices, which need them", () => {
  const wishes = wishesOf({ halves: true, modules: [products, sums] }, { subgroups: false });
  expect(wishes(adapter())).toEqual({ features: ["shader-f16"], limits: {} });
});

test("no halves are asked for without f16, or by a program without", () => {
  expect(wishesOf({ halves: true, modules: [products] })(adapter({ features: [] }))).toEqual(
    nothing,
  );
  expect(wishesOf({ halves: false, modules: [products] })(adapter())).toEqual(nothing);
});

test("a module has one of each pair of endings, behind a head that fits", () => {
  const all: Abilities = { halves: true, matrices: true, subgroup: 32 };
  expect(moduleText(products, all)).toBe("ac");
  expect(moduleText(products, { ...all, matrices: false })).toBe("ab");
  expect(moduleText(sums, all)).toBe("df");
  expect(moduleText(sums, { ...all, subgroup: null })).toBe("de");
  expect(moduleText(both, { ...all, subgroup: null })).toBe("gec");
  expect(moduleText("all", all)).toBe("all");
  expect(headOf(all)).toMatch(
    /^diagnostic\(off, .*enable f16; enable subgroups; enable .*const subgroupWidth = 32u; alias half = f16;$/,
  );
  expect(headOf({ ...noAbilities, matrices: true }).match(/enable subgroups;/g)).toHaveLength(1);
  expect(headOf({ ...noAbilities, subgroup: 4 })).toBe(
    "enable subgroups; const subgroupWidth = 4u; alias half = f32;",
  );
  expect(headOf(noAbilities)).toBe("alias half = f32;");
});
