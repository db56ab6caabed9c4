// Launches whose lanes share sums and loops, on SwiftShader, against the interpreter: in subgroups, which have four
// invocations there, and in workgroup memory, with the same bits.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Team } from "../../../compiler/backends/wgsl/combine-lanes.ts";
import type { Choices } from "../../../compiler/backends/wgsl/plan-launches.ts";
import { sharedOf } from "../../../compiler/backends/wgsl/shared-steps.ts";
import { launchesOf } from "../../../compiler/backends/wgsl/launches.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { verifyKernel } from "../../../compiler/kernel/verify.ts";
import { abilitiesOf, noAbilities } from "../../../runtime/webgpu/abilities.ts";
import { createRandom } from "../../ir/random.ts";
import { iterationsOf } from "../../schedule/find-difference.ts";
import { differencesIn, drawCase, drawSpecial } from "./against-interpreter.ts";
import { emulateSubgroups } from "./emulate-subgroups.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";
import { runShaders } from "./run-shader.ts";
import { sharedLaunches } from "./shared-launches.ts";

let [inMemory, inSubgroups]: (Device | null)[] = [null, null];
beforeAll(async () => {
  if (!hasSwiftShader) return;
  inMemory = await openSwiftShader();
  inSubgroups = await openSwiftShader({}, ["subgroups"]);
});
afterAll(() => [inMemory, inSubgroups].forEach((opened) => opened?.close()));

const teams: readonly Team[] = [
  { elements: 8, lanes: 8, isAlong: true },
  { elements: 2, lanes: 32, isAlong: true },
  { elements: 1, lanes: 256, isAlong: true },
  { elements: 16, lanes: 4, isAlong: false },
  { elements: 4, lanes: 32, isAlong: false },
];

/** One element, few, and more than lanes take in one turn. */
const lengths = [
  [1, 1],
  [3, 5],
  [7, 257],
  [70, 9],
  [33, 64],
  [4, 17],
  [2, 1000],
];

const sizesOf = ([B, T]: readonly number[]): ReadonlyMap<string, number> =>
  new Map([
    ["B", B!],
    ["T", T!],
  ]);

/** What the interpreter does in a moment. */
const mostIterations = 2_000_000;

/** By kernel. */
const drawn = sharedLaunches.map((kernel) => {
  const random = createRandom(3);
  const all = lengths.map(sizesOf);
  const some = all.filter((sizes) => iterationsOf(kernel, sizes) <= mostIterations);
  const cases = some.map((sizes) => drawCase(kernel, sizes, random)!);
  return [...cases, drawSpecial(kernel, sizesOf([5, 37]), random)!];
});

/** Kernels of one module: of more, each launch would take longer to compile. */
const together = 3;

const sharedBy = (teamOf: () => Team): Partial<Choices> => ({
  tileOf: () => null,
  teamOf,
  split: (kernel: Kernel) => kernel,
  inBlocks: () => false,
});

describe.skipIf(!hasSwiftShader)(`shared launches (${needsSwiftShader})`, () => {
  test.each(teams)("$elements elements of $lanes lanes each, along $isAlong", async (team) => {
    let shared = 0;
    const choices = sharedBy(() => {
      shared++;
      return team;
    });
    for (let k = 0; k < sharedLaunches.length; k += together) {
      const cases = drawn.slice(k, k + together).flat();
      const results = await runShaders(inMemory!.device, cases, choices);
      expect(differencesIn(cases, results)).toEqual({ found: [], unstable: [] });
      if (team.isAlong)
        expect(await runShaders(inSubgroups!.device, cases, choices)).toEqual(results);
    }
    const launches = sharedLaunches.flatMap(launchesOf).length;
    expect(shared).toBe(team.isAlong ? 2 * launches : launches);
  });

  test.each([32, 256])("%d lanes in subgroups of other sizes, emulated", async (lanes) => {
    const choices = sharedBy(() => ({ elements: 256 / lanes, lanes, isAlong: true }));
    const kernels = ["rowSums", "softmax"];
    const cases = drawn.flat().filter(({ kernel }) => kernels.includes(kernel.name));
    const results = await runShaders(inMemory!.device, cases, choices);
    for (const subgroup of [8, 32, 128]) {
      const emulation = emulateSubgroups(subgroup);
      const found = await runShaders(inMemory!.device, cases, choices, undefined, emulation);
      expect(found).toEqual(results);
    }
  });

  test("subgroups of SwiftShader are neighbours of a workgroup", async () => {
    const { subgroup } = await abilitiesOf(inSubgroups!.device);
    expect(subgroup).toBe(4);
    expect(await abilitiesOf(inMemory!.device)).toEqual(noAbilities);
  });
});

test("each of them can be shared", () => {
  for (const kernel of sharedLaunches) verifyKernel(kernel);
  const reasons = sharedLaunches.flatMap(launchesOf).map(sharedOf);
  expect(reasons.filter((reason) => typeof reason === "string")).toEqual([]);
});
