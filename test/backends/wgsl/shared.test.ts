// Launches whose lanes share sums and loops, on SwiftShader, against the interpreter.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Team } from "../../../compiler/backends/wgsl/combine-lanes.ts";
import { sharedOf } from "../../../compiler/backends/wgsl/shared-steps.ts";
import { launchesOf } from "../../../compiler/backends/wgsl/launches.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { verifyKernel } from "../../../compiler/kernel/verify.ts";
import { createRandom } from "../../ir/random.ts";
import { iterationsOf } from "../../schedule/find-difference.ts";
import { differencesOf, drawCase, drawSpecial } from "./against-interpreter.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";
import { sharedLaunches } from "./shared-launches.ts";

let opened: Device | null = null;
beforeAll(async () => {
  if (hasSwiftShader) opened = await openSwiftShader();
});
afterAll(() => opened?.close());

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

describe.skipIf(!hasSwiftShader)(`shared launches (${needsSwiftShader})`, () => {
  test.each(teams)("$elements elements of $lanes lanes each, along $isAlong", async (team) => {
    let shared = 0;
    const teamOf = (): Team => {
      shared++;
      return team;
    };
    for (let k = 0; k < sharedLaunches.length; k += together) {
      const cases = drawn.slice(k, k + together).flat();
      const choices = {
        tileOf: () => null,
        teamOf,
        split: (kernel: Kernel) => kernel,
        inBlocks: () => false,
      };
      expect(await differencesOf(opened!.device, cases, choices)).toEqual({
        found: [],
        unstable: [],
      });
    }
    expect(shared).toBe(sharedLaunches.flatMap(launchesOf).length);
  });
});

test("each of them can be shared", () => {
  for (const kernel of sharedLaunches) verifyKernel(kernel);
  const reasons = sharedLaunches.flatMap(launchesOf).map(sharedOf);
  expect(reasons.filter((reason) => typeof reason === "string")).toEqual([]);
});
