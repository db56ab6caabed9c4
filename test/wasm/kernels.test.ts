// Kernels of every kind as WebAssembly, against the interpreter: of open sizes with bounds for them and without.

import { expect, test } from "vitest";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import type { Bounds } from "../../compiler/lower/bounds-in-launches.ts";
import { differencesIn, drawCase, drawSpecial } from "../backends/wgsl/against-interpreter.ts";
import { contractions, product } from "../backends/wgsl/contractions.ts";
import type { Layout } from "../backends/wgsl/contractions.ts";
import { sharedLaunches } from "../backends/wgsl/shared-launches.ts";
import { writtenKernels } from "../backends/wgsl/written-kernels.ts";
import { createRandom } from "../ir/random.ts";
import { channelKernels } from "./channel-kernels.ts";
import { groupedKernels } from "./grouped-kernels.ts";
import { guardedKernels } from "./guarded-kernels.ts";
import { innerKernels } from "./inner-kernels.ts";
import { rangedKernels } from "./ranged-kernels.ts";
import { runKernel } from "./run-kernel.ts";
import type { Sizes } from "./run-kernel.ts";

const boundsAt = (sizes: Sizes): Bounds => {
  const most: Bounds["most"] = (dim) => evaluateDim(dim, sizes);
  return { most, fewest: most };
};

const agree = (kernel: Kernel, all: readonly Sizes[], draw = drawCase): void => {
  verifyKernel(kernel);
  const random = createRandom(3);
  const cases = all.map((sizes) => draw(kernel, sizes, random)!);
  const run = (bounded: boolean): void => {
    const results = cases.map(({ buffers, sizes }) =>
      runKernel(kernel, buffers, sizes, bounded ? boundsAt(sizes) : undefined),
    );
    expect(differencesIn(cases, results)).toEqual({ found: [], unstable: [] });
  };
  run(false);
  if (kernel.sizes.length > 0) run(true);
};

const sizesOf = (list: readonly (readonly [number, number])[]): readonly Sizes[] =>
  list.map(
    ([B, T]) =>
      new Map([
        ["B", B],
        ["T", T],
      ]),
  );

/** One element, fewer than four, more than a tile, and ragged. */
const lengths = sizesOf([
  [1, 1],
  [3, 5],
  [7, 2],
  [5, 16],
  [70, 9],
]);

test.each(writtenKernels)("$name", (kernel) =>
  agree(
    kernel,
    sizesOf([
      [1, 1],
      [3, 5],
      [7, 2],
      [70, 9],
    ]),
  ),
);

test.each(sharedLaunches)("$name, with NaN and infinity too", (kernel) => {
  agree(kernel, lengths);
  agree(kernel, lengths, drawSpecial);
});

test.each(guardedKernels)("$name, with a guard", (kernel) => {
  agree(kernel, lengths);
  agree(kernel, lengths, drawSpecial);
});

test.each(innerKernels)("$name, with products in it", (kernel) => {
  agree(kernel, lengths);
  agree(kernel, lengths, drawSpecial);
});

test.each(groupedKernels)("$name, with rows that choose", (kernel) => {
  agree(kernel, lengths);
  agree(kernel, lengths, drawSpecial);
});

test.each(channelKernels)("$name, of channels", (kernel) => {
  agree(kernel, lengths);
  agree(kernel, lengths, drawSpecial);
});

test("sums between ends that data give, longer than is copied at a time", () => {
  const listed = innerKernels.filter(({ name }) => name === "listed");
  expect(listed).toHaveLength(1);
  for (const kernel of listed) agree(kernel, sizesOf([[2500, 9]]));
});

test("rows that choose, more than are listed at a time", () => {
  for (const kernel of groupedKernels) agree(kernel, sizesOf([[4500, 9]]));
});

test.each(rangedKernels)("$name, over a part of the depth", (kernel) => {
  const open = sizesOf([
    [1, 1],
    [3, 1],
    [4, 1],
    [9, 1],
  ]);
  const sizes = kernel.sizes.length > 0 ? open : [new Map()];
  agree(kernel, sizes);
  agree(kernel, sizes, drawSpecial);
});

test("a depth of any length is longer than what is copied of it", () => {
  const kernel = rangedKernels.find(({ name }) => name === "openDepth")!;
  agree(kernel, sizesOf([[1700, 1]]));
});

test.each(contractions)("$name, a contraction", (kernel) => {
  const sizes = sizesOf([
    [1, 1],
    [3, 5],
    [17, 9],
    [4, 33],
  ]);
  agree(kernel, sizes);
  agree(kernel, sizes, drawSpecial);
});

const layouts: readonly Layout[] = ["nn", "tn", "nt", "tt"];
const ragged = [
  { M: 1, N: 1, K: 1 },
  { M: 1, N: 37, K: 19 },
  { M: 3, N: 5, K: 9 },
  { M: 7, N: 13, K: 17 },
  { M: 33, N: 77, K: 130 },
  { M: 64, N: 64, K: 64 },
  { M: 5, N: 0, K: 9 },
  { M: 3, N: 5, K: 0 },
];

test.each(layouts)("products, %s", (layout) => {
  for (const sizes of ragged) agree(product(layout, sizes), [new Map()]);
  agree(
    product(layout, {}),
    ragged.map((sizes) => new Map(Object.entries(sizes))),
  );
  agree(product(layout, { M: 33, N: 20, K: 40 }), [new Map()], drawSpecial);
});
