// Kernels that lowering makes, as shaders on SwiftShader: those of generated programs and of examples.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { createRandom } from "../../ir/random.ts";
import { iterationsOf } from "../../schedule/find-difference.ts";
import { distinct, ofGenerated } from "../../schedule/sample-kernels.ts";
import { smallTile } from "./contractions.ts";
import { differencesOf, drawCase } from "./against-interpreter.ts";
import type { Differences } from "./against-interpreter.ts";
import { kernelsOf } from "./check-shaders.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";

let opened: Device | null = null;
beforeAll(async () => {
  if (hasSwiftShader) opened = await openSwiftShader();
});
afterAll(() => opened?.close());

const lengths = [1, 3, 5, 6, 9];
/** What the interpreter does in a moment. */
const mostIterations = 2_000_000;
/** Kernels of one module: of more, each launch would take longer to compile. */
const together = 8;

type Looked = Differences & { readonly cases: number };

/** Large tiles take seconds to compile there: contractions have small ones in every other module, whatever they cost. */
const look = async (kernels: readonly Kernel[], seed: number): Promise<Looked> => {
  const random = createRandom(seed);
  const cases = kernels.flatMap((kernel) => {
    const sizes = new Map(kernel.sizes.map((name) => [name, lengths[random.below(5)]!]));
    if (iterationsOf(kernel, sizes) > mostIterations) return [];
    return drawCase(kernel, sizes, random) ?? [];
  });
  const [found, unstable]: [string[], string[]] = [[], []];
  for (let k = 0; k < cases.length; k += together) {
    const tile = (k / together) % 2 === 0 ? smallTile : null;
    const some = cases.slice(k, k + together);
    const differences = await differencesOf(opened!.device, some, { tileOf: () => tile });
    found.push(...differences.found);
    unstable.push(...differences.unstable);
  }
  return { cases: cases.length, found, unstable };
};

/** Most of the time a driver compiles. */
const limit = { timeout: 300_000 };

test.skipIf(!hasSwiftShader)(
  `kernels of generated programs (${needsSwiftShader})`,
  limit,
  async () => {
    const { cases, found, unstable } = await look(distinct(ofGenerated(1, 14)), 11);
    expect(found).toEqual([]);
    expect(unstable.length).toBeLessThan(3);
    expect(cases).toBeGreaterThan(100);
  },
);

test.skipIf(!hasSwiftShader)(`kernels of examples (${needsSwiftShader})`, limit, async () => {
  const names = ["digits/cnn", "seq2seq/seq2seq"];
  const kernels = names.flatMap((name) => kernelsOf(`examples/${name}.dlm`));
  const { cases, found, unstable } = await look(distinct(kernels), 12);
  expect(found).toEqual([]);
  expect(unstable.length).toBeLessThan(3);
  expect(cases).toBeGreaterThan(125);
});
