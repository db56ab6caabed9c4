import { describe, expect, test } from "vitest";
import { buffersOf } from "../../compiler/kernel/buffers.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import type { Dim } from "../../compiler/ir/dim.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { emitKernel } from "../../compiler/backends/typescript/emit-kernel.ts";
import type { Bounds } from "../../compiler/lower/bounds-in-launches.ts";
import { applySchedule, whyNot } from "../../compiler/schedule/apply.ts";
import { chooseSchedule } from "../../compiler/schedule/choose.ts";
import { typescript } from "../../compiler/costs/typescript.ts";
import { parseSchedule, printSchedule } from "../../compiler/schedule/text.ts";
import { createRandom } from "../ir/random.ts";
import { compareEmitted, loadEmitted } from "../kernel/emitted.ts";

const product = parseKernel(`kernel @product(a: f32[18, 17], b: f32[17, 19]) -> c: f32[18, 19] {
  for i in 0..18, j in 0..19 spatial
    c[i, j] = reduce add k in 0..17 (mul(a[i, k], b[k, j]))
}`);

/** Both operands depend on n; what is left of rows and columns is not packed. */
const batched =
  parseKernel(`kernel @batched(q: f32[3, 21, 16], k: f32[3, 19, 16], s: f32[19]) -> p: f32[3, 21, 19] {
  for n in 0..3, t in 0..21, u in 0..19 spatial
    p[n, t, u] = select(lt(s[u], 0.0), 0.0, reduce add d in 0..16 (mul(q[n, t, d], k[n, u, d])))
}`);

/** The sum runs over a size that is known to be no more than 18. */
const gradient =
  parseKernel(`kernel @gradient(x: f32[B, 3, 18], y: f32[B, 3, 10]) -> w: f32[18, 10] sizes(B) {
  for i in 0..18, j in 0..10 spatial
    w[i, j] = reduce add b in 0..B, t in 0..3 (mul(x[b, t, i], y[b, t, j]))
}`);

/** Both operands are the same, which is read beside the sum too. */
const squared = parseKernel(`kernel @squared(a: f32[19, 19]) -> b: f32[19, 19] {
  for i in 0..19, j in 0..19 spatial
    b[i, j] = sub(reduce add k in 0..19 (mul(a[i, k], a[k, j])), mul(2.0, a[i, j]))
}`);

/** Tiles of rows of a row, of which it is only known that they are no more than all. */
const flattened =
  parseKernel(`kernel @flattened(x: f32[B, T, 16], w: f32[16, 10]) -> y: f32[B*T, 10] sizes(B, T) {
  for i in 0..(B*T), j in 0..10 spatial
    y[i, j] = reduce add k in 0..16 (mul(x[div(i, T), mod(i, T), k], w[k, j]))
}`);

const boundedBy = (most: number, { sizes }: Kernel, fewest = most): Bounds => {
  const at =
    (size: number) =>
    (dim: Dim): number =>
      evaluateDim(dim, new Map(sizes.map((name) => [name, size])));
  return { most: at(most), fewest: at(fewest) };
};

const scheduleText = (kernel: Kernel): string =>
  printSchedule(chooseSchedule(kernel, typescript, boundedBy(18, kernel)));

test("the smaller operand of a product is copied whole, of the other what a tile reads", () => {
  expect(scheduleText(product)).toMatchInlineSnapshot(`
    "schedule @product typescript { split i 3 -> i0 i1; split j 2 -> j0 j1; reorder j0 i0 i1 j1; unroll i1 j1; pack a i0 in @ -> a_panel; pack b j0 -> b_panel }
    "
  `);
  expect(scheduleText(batched)).toMatchInlineSnapshot(`
    "schedule @batched typescript { split t 3 -> t0 t1; split u 2 -> u0 u1; reorder n t0 u0 t1 u1; unroll t1 u1; pack k u0 in n -> k_panel; pack q t0 -> q_panel }
    "
  `);
  expect(scheduleText(gradient)).toMatchInlineSnapshot(`
    "schedule @gradient typescript { split i 3 -> i0 i1; split j 2 -> j0 j1; reorder i0 j0 i1 j1; unroll i1 j1; pack y j0 in @ -> y_panel; pack x i0 -> x_panel }
    "
  `);
});

test("each place in which a buffer is read has a copy of its own", () => {
  expect(scheduleText(squared)).toMatchInlineSnapshot(`
    "schedule @squared typescript { split i 2 -> i0 i1; split j 3 -> j0 j1; reorder j0 i0 i1 j1; unroll i1 j1; pack a i0 in @ -> a_panel; pack a j0 -> a_panel1 }
    "
  `);
  const kernel = printKernel(applySchedule(squared, chooseSchedule(squared, typescript)));
  expect(kernel).toContain("mul(a_panel[i0, k, i1], a_panel1[k, j1])");
  expect(kernel).toContain("mul(2.0, a[add(mul(i0, 2), i1), add(mul(j0, 3), j1)])");
});

test("a buffer that is read at two places of the same positions has no copy", () => {
  const twice = parseKernel(`kernel @twice(a: f32[18, 34], b: f32[17, 19]) -> c: f32[18, 19] {
  for i in 0..18, j in 0..19 spatial
    c[i, j] = reduce add k in 0..17 (mul(add(a[i, k], a[i, add(k, 17)]), b[k, j]))
}`);
  expect(scheduleText(twice)).not.toContain("pack a");
  const schedule = parseSchedule(`schedule @twice any { split i 3 -> i0 i1; pack a i0 -> p }`);
  expect(whyNot(twice, schedule)).toBe("a is not always read in the same place");
});

test("copies are made before what reads them, and what is left over reads the operand", () => {
  const kernel = applySchedule(product, chooseSchedule(product, typescript));
  expect(printKernel(kernel)).toMatchInlineSnapshot(`
    "kernel @product(a: f32[18, 17], b: f32[17, 19]) -> c: f32[18, 19] {
      row a_panel: f32[6, 17, 3]
      for a_panel_i0 in 0..6, a_panel_k in 0..17 spatial
        for a_panel_i1 in 0..3 unroll
          a_panel[a_panel_i0, a_panel_k, a_panel_i1] = a[add(mul(a_panel_i0, 3), a_panel_i1), a_panel_k]
      for j0 in 0..9 spatial {
        row b_panel: f32[17, 2]
        for b_panel_k in 0..17 spatial
          for b_panel_j1 in 0..2 unroll
            b_panel[b_panel_k, b_panel_j1] = b[b_panel_k, add(mul(j0, 2), b_panel_j1)]
        for i0 in 0..6 spatial
          for i1 in 0..3, j1 in 0..2 unroll
            c[add(mul(i0, 3), i1), add(mul(j0, 2), j1)] = reduce add k in 0..17 (mul(a_panel[i0, k, i1], b_panel[k, j1]))
      }
      for i0 in 0..6 spatial
        for i1 in 0..3, j in 18..19 of 19 unroll
          c[add(mul(i0, 3), i1), j] = reduce add k in 0..17 (mul(a_panel[i0, k, i1], b[k, j]))
    }
    "
  `);
});

test("an operand that one launch reads for a few rows only is not copied", () => {
  const rows = parseKernel(`kernel @rows(x: f32[B, 17], w: f32[17, 20]) -> y: f32[B, 20] sizes(B) {
  for i in 0..B, j in 0..20 spatial
    y[i, j] = reduce add k in 0..17 (mul(x[i, k], w[k, j]))
}`);
  const copied = (bounds?: Bounds): readonly string[] =>
    chooseSchedule(rows, typescript, bounds).steps.flatMap((s) =>
      s.kind === "pack" ? [s.buffer] : [],
    );
  expect(copied()).toEqual(["w", "x"]);
  expect(copied(boundedBy(64, rows))).toEqual(["w", "x"]);
  expect(copied(boundedBy(64, rows, 6))).toEqual(["x"]);
});

test("what tiles read of rows of a row is copied, as it is known to be there", () => {
  const schedule = chooseSchedule(flattened, typescript, boundedBy(18, flattened));
  expect(printSchedule(schedule)).toContain("pack x i0 -> x_panel");
  expect(whyNot(flattened, schedule)).toBeNull();
});

test("what is not known to be there in tiles is not copied", () => {
  const halved =
    parseKernel(`kernel @halved(x: f32[T, 16], w: f32[16, 10]) -> y: f32[2*T-1, 10] sizes(T) {
  for i in 0..(2*T-1), j in 0..10 spatial
    y[i, j] = reduce add k in 0..16 (mul(x[div(mul(i, T), size(2*T-1)), k], w[k, j]))
}`);
  const schedule = chooseSchedule(halved, typescript, boundedBy(18, halved));
  expect(printSchedule(schedule)).not.toContain("pack x");
  expect(printSchedule(schedule)).toContain("pack w");
  expect(whyNot(halved, schedule)).toBeNull();
});

test("where a size has no bound, nothing of that length is copied", () => {
  expect(printSchedule(chooseSchedule(gradient, typescript))).not.toContain("pack");
});

const split = "split i 4 -> i0 i1; split j 4 -> j0 j1; reorder j0 i0 i1 j1; unroll i1 j1";

test.each([
  ["pack c j0 -> p", "c is no operand"],
  ["pack b j0 -> a", "the name a is taken"],
  ["pack b k -> p", "no loop is over k"],
  ["pack b j1 -> p", "no loop is over j1"],
  ["pack a j0 -> p", "no reduction reads a at positions of j0"],
  ["pack b j0 in i0 -> p", "several loops are over i0"],
  ["pack b j0 -> p; pack b j0 -> q", "no reduction reads b at positions of j0"],
  ["pack b j0 -> p; reorder j0 i0", "after what is packed no other step is taken"],
])("a product cannot: %s", (steps, why) => {
  const schedule = parseSchedule(`schedule @product any { ${split}; ${steps} }`);
  expect(whyNot(product, schedule)).toBe(why);
});

test("what a guard keeps from being read is not copied", () => {
  const shifted = parseKernel(`kernel @shifted(x: f32[16, 9], w: f32[16, 8]) -> y: f32[9, 8] {
  for i in 0..9, j in 0..8 spatial
    y[i, j] = reduce add k in 0..16 (mul(select(le(1, k), x[sub(k, 1), i], 0.0), w[k, j]))
}`);
  const schedule = parseSchedule(
    `schedule @shifted any { split i 3 -> i0 i1; reorder i0 j i1; unroll i1; pack x i0 -> p }`,
  );
  expect(whyNot(shifted, schedule)).toBe("what is read of x may lie outside of it");
  expect(scheduleText(shifted)).not.toContain("pack x");
});

describe("emitted code with copies", () => {
  const cases = [
    [product, new Map()],
    [batched, new Map()],
    [gradient, new Map([["B", 5]])],
    [squared, new Map()],
    [
      flattened,
      new Map([
        ["B", 5],
        ["T", 4],
      ]),
    ],
  ] as const;
  test.each(cases)("%#", async (kernel, sizes) => {
    const random = createRandom(7);
    const buffers = new Map(
      buffersOf(kernel).map(({ name, dtype, shape }) => {
        const known = shape.map((d) => evaluateDim(d, sizes));
        const count = known.reduce((a, b) => a * b, 1);
        return [
          name,
          tensor(
            dtype,
            known,
            Array.from({ length: count }, () => Math.fround(random.unit() - 0.5)),
          ),
        ];
      }),
    );
    const lines = emitKernel(kernel).lines.join("\n");
    for (const view of kernel === gradient ? [] : ["panels[", "panels1[", "panels2["])
      expect(lines).toContain(view);
    expect(lines).not.toMatch(/panels\[\(?\w+ \+ [123]\)? \| 0\]/);
    const [run] = await loadEmitted([kernel]);
    compareEmitted(run!, kernel, buffers, sizes);
  });
});
