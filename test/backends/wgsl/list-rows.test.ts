// Lists of rows by an index of each: which kernels have them, and what they give where each row finds its place by itself.

import { expect, test } from "vitest";
import { launchesOf } from "../../../compiler/backends/wgsl/launches.ts";
import { listSideBySide } from "../../../compiler/backends/wgsl/list-rows.ts";
import { planLaunches } from "../../../compiler/backends/wgsl/plan-launches.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { verifyKernel } from "../../../compiler/kernel/verify.ts";
import { createRandom } from "../../ir/random.ts";
import { differencesOf, drawCase } from "./against-interpreter.ts";
import { kernelsOf } from "./check-shaders.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";

/** Indices are -1 .. 1, of which two have lists. */
const listed = (next = "select(eq(sub(k[i], 1), e), 1, 0)"): Kernel =>
  parseKernel(`
kernel @listed(k: i32[B], x: f32[B, T], y: f32[B]) -> s: f32[2, T] sizes(B, T) {
  row starts: i32[3]
  row order: i32[B]
  for e in 0..2 sequential carry before = 0 {
    starts[e] = before
    for i in 0..B sequential carry listed = before {
      if eq(sub(k[i], 1), e)
        order[listed] = i
      next listed = add(listed, ${next})
    }
    next before = listed
  }
  starts[2] = before
  for e1 in 0..2, t in 0..T spatial
    s[e1, t] = reduce add z in starts[e1]..starts[add(e1, 1)] of B (mul(y[order[z]], x[order[z], t]))
}
`);

const always = (kernel: Kernel): Kernel => listSideBySide(kernel, () => true);

/** Launches of one invocation. */
const aloneIn = (kernel: Kernel): number =>
  launchesOf(kernel).filter(({ grid }) => grid.length === 0).length;

test("lists are made by an invocation for each row, and others stay as they are", () => {
  const made = always(listed());
  verifyKernel(made);
  expect([aloneIn(listed()), aloneIn(made)]).toEqual([1, 0]);
  const other = listed("select(eq(sub(k[i], 1), e), 2, 0)");
  expect(always(other)).toBe(other);
});

test("gradients of the experts of `moe` have no launch of one invocation", () => {
  const lists = kernelsOf("examples/moe/moe.dlm").filter((kernel) => always(kernel) !== kernel);
  expect(lists.length).toBeGreaterThan(0);
  for (const kernel of lists)
    for (const { launch } of planLaunches(kernel).launches)
      expect(launch.grid.length).toBeGreaterThan(0);
});

test.skipIf(!hasSwiftShader)(`sums over lists are the same (${needsSwiftShader})`, async () => {
  const { device, close } = await openSwiftShader();
  const kernel = listed();
  const random = createRandom(8);
  const cases = [
    [1, 1],
    [3, 5],
    [130, 7],
  ].map(([B, T]) =>
    drawCase(
      kernel,
      new Map([
        ["B", B!],
        ["T", T!],
      ]),
      random,
    )!,
  );
  expect(aloneIn(planLaunches(kernel).kernel)).toBe(0);
  expect(await differencesOf(device, cases, { tileOf: () => null })).toEqual({
    found: [],
    unstable: [],
  });
  close();
});
