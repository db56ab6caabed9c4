// Copies of operands whose sums run between ends that loops around them move: products over padding.

import { expect, test } from "vitest";
import { emitKernel } from "../../compiler/backends/typescript/emit-kernel.ts";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";
import { applySchedule, whyNot } from "../../compiler/schedule/apply.ts";
import { chooseSchedule } from "../../compiler/schedule/choose.ts";
import { typescript } from "../../compiler/costs/typescript.ts";
import { parseSchedule, printSchedule } from "../../compiler/schedule/text.ts";
import { bitDifferenceOf } from "../fuzz/compare.ts";
import { createRandom } from "../ir/random.ts";
import { compareEmitted, loadEmitted } from "../kernel/emitted.ts";
import { drawBuffers } from "./find-difference.ts";

/** Padding at both ends. */
const padded =
  parseKernel(`kernel @padded(x: f32[17, 5, 6], k: f32[3, 6, 18]) -> y: f32[17, 5, 18] {
  for n in 0..17, i in 0..5, o in 0..18 spatial
    y[n, i, o] = reduce add c in max(sub(1, i), 0)..min(sub(6, i), 3) of 3, f in 0..6 (mul(x[n, add(add(i, c), -1), f], k[c, f, o]))
}`);

/** Every second tap, from the one on that the position says. */
const strided =
  parseKernel(`kernel @strided(y: f32[17, 4, 9], k: f32[3, 18, 9]) -> x: f32[17, 7, 18] {
  for n in 0..17, i in 0..7, o in 0..18 spatial
    x[n, i, o] = reduce add c in 0..div(sub(4, mod(add(i, 1), 2)), 2) of 2, g in 0..9 (mul(y[n, add(c, div(i, 2)), g], k[sub(2, add(mod(add(i, 1), 2), mul(c, 2))), o, g]))
}`);

/** Other positions for each weight. */
const weights =
  parseKernel(`kernel @weights(x: f32[9, 7, 18], y: f32[9, 4, 17]) -> k: f32[3, 18, 17] {
  for i in 0..3, c in 0..18, o in 0..17 spatial
    k[i, c, o] = reduce add n in 0..9, b in div(sub(2, i), 2)..div(sub(9, i), 2) of 4 (mul(x[n, add(add(mul(b, 2), i), -1), c], y[n, b, o]))
}`);

/** The same product in both branches. */
const branches =
  parseKernel(`kernel @branches(z: f32[17, 5, 18], x: f32[17, 5, 6], k: f32[3, 6, 18]) -> y: f32[17, 5, 18] {
  for n in 0..17, i in 0..5, o in 0..18 spatial
    y[n, i, o] = select(lt(0.0, z[n, i, o]), reduce add c in max(sub(1, i), 0)..min(sub(6, i), 3) of 3, f in 0..6 (mul(x[n, add(add(i, c), -1), f], k[c, f, o])), mul(0.2, reduce add c in max(sub(1, i), 0)..min(sub(6, i), 3) of 3, f in 0..6 (mul(x[n, add(add(i, c), -1), f], k[c, f, o]))))
}`);

const kernels = [padded, strided, weights];

test("along an axis that a sum reads from a moving place on, all is copied", () => {
  const schedules = kernels.map((kernel) => printSchedule(chooseSchedule(kernel, typescript)));
  expect(schedules.map((text) => text.replace(/^.*unroll [^;]*; /, "").trim()))
    .toMatchInlineSnapshot(`
    [
      "pack k o0 in @ -> k_panel; pack x n0 -> x_panel }",
      "pack k o0 in @ -> k_panel; pack y n0 -> y_panel }",
      "pack y o0 in @ -> y_panel; pack x c0 -> x_panel }",
    ]
  `);
  const scheduled = printKernel(applySchedule(strided, chooseSchedule(strided, typescript)));
  expect(
    scheduled
      .split("\n")
      .filter((line) => line.includes("row "))
      .join("\n"),
  ).toMatchInlineSnapshot(`
    "  row k_panel: f32[6, 3, 9, 3]
        row y_panel: f32[4, 9, 2]"
  `);
  expect(scheduled).toContain("mul(y_panel[add(c, div(i, 2)), g, n1]");
});

test("a copy over the axis of the sum is refused where that does not lie in the operand", () => {
  const whole = parseKernel(
    printKernel(padded).replace("max(sub(1, i), 0)..min(sub(6, i), 3) of 3", "0..3"),
  );
  const schedule = parseSchedule(
    "schedule @padded any { split n 4 -> n0 n1; reorder n0 i o n1; unroll n1; pack x n0 -> p }",
  );
  expect(whyNot(padded, schedule)).toBeNull();
  expect(whyNot(whole, schedule)).toBe("what is read of x may lie outside of it");
});

test.each(kernels.map((kernel) => [kernel.name, kernel] as const))(
  "copies give the numbers of the operands: %s",
  async (_, kernel) => {
    const scheduled = applySchedule(kernel, chooseSchedule(kernel, typescript));
    verifyKernel(scheduled);
    const drawn = drawBuffers(kernel, new Map(), createRandom(3));
    const buffers = new Map(kernel.params.map(({ name }) => [name, drawn.get(name)!]));
    expect(emitKernel(kernel).lines.join("\n")).toContain("panels[");
    const [run] = await loadEmitted([kernel]);
    const wanted = compareEmitted(run!, kernel, buffers, new Map());
    for (const [name, { data }] of interpretKernel(scheduled, buffers, new Map()))
      expect(bitDifferenceOf(name, wanted.get(name)!.data, data)).toBeNull();
  },
);

test("a product of both branches is computed once, before them", async () => {
  const sums = emitKernel(branches).lines.filter((line) => /^let sum\d+ = 0;/.test(line));
  // Whole tiles, and what is left of rows, of columns and of both: once per element.
  expect(sums).toHaveLength(16 + 4 + 8 + 2);
  const buffers = drawBuffers(branches, new Map(), createRandom(4));
  const [run] = await loadEmitted([branches]);
  compareEmitted(run!, branches, buffers, new Map());
});
