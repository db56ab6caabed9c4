import { expect, test } from "vitest";
import { emitKernel } from "../../compiler/backends/typescript/emit-kernel.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { applySchedule, whyNot } from "../../compiler/schedule/apply.ts";
import { chooseSchedule } from "../../compiler/schedule/choose.ts";
import { typescript } from "../../compiler/costs/typescript.ts";
import { parseSchedule, printSchedule } from "../../compiler/schedule/text.ts";
import { createRandom } from "../ir/random.ts";
import { findDifference } from "./find-difference.ts";
import { randomSchedule } from "./random-schedule.ts";
import { byHand, sampleKernels } from "./sample-kernels.ts";

const [product, rows] = byHand;

test("any legal schedule gives the numbers of the kernel", { timeout: 600_000 }, async () => {
  const kernels = sampleKernels(9000, 24);
  const { cases, difference } = await findDifference(kernels, 5, 1);
  expect(difference).toBeNull();
  expect(cases).toBeGreaterThan(600);
});

test("schedules and scheduled kernels print and parse back", () => {
  const random = createRandom(3);
  for (const kernel of byHand)
    for (let n = 0; n < 50; n++) {
      const schedule = randomSchedule(kernel, random);
      expect(parseSchedule(printSchedule(schedule))).toEqual(schedule);
      const text = printKernel(applySchedule(kernel, schedule));
      expect(printKernel(parseKernel(text))).toBe(text);
    }
});

test.each([
  ["split q 4 -> q0 q1", "no loop is over q"],
  ["split k 4 -> k0 k1", "no loop is over k"],
  ["split i 1 -> i0 i1", "a tile of 1 is none"],
  ["split i 4 -> j i1", "the name j is taken"],
  ["split i 4 -> i0 i0", "the name i0 is taken"],
  ["split i 4 -> i0 i1; split i0 4 -> a0 a1", "i0 is part of a split"],
  ["split i 4 -> i0 i1; unroll i", "no loop is over i"],
  ["split i 4 -> i0 i1; reorder i1 i0", "i1 would be outside i0"],
  ["reorder j i j", "j i j is no order"],
  ["unroll i", "where i begins and ends is not known"],
  ["unroll j; unroll j", "j is written out already"],
])("a product cannot: %s", (steps, why) => {
  expect(whyNot(product!, parseSchedule(`schedule @product any { ${steps} }`))).toBe(why);
});

test("loops that are apart are not reordered", () => {
  const schedule = parseSchedule("schedule @rows any { reorder t u }");
  expect(whyNot(rows!, schedule)).toBe("t and u are not in one nest");
});

test("loops with scratch inside are neither split nor written out", () => {
  const squares = parseKernel(`kernel @squares(x: f32[6, 5]) -> y: f32[6] {
  for i in 0..6 spatial {
    row t: f32[5]
    for j in 0..5 spatial
      t[j] = mul(x[i, j], x[i, j])
    y[i] = reduce add k in 0..5 (t[k])
  }
}`);
  for (const step of ["split i 4 -> i0 i1", "unroll i"]) {
    const schedule = parseSchedule(`schedule @squares any { ${step} }`);
    expect(whyNot(squares, schedule)).toBe("there is scratch inside i");
  }
});

test("loops whose iterations depend on each other stay as they are", () => {
  const running = parseKernel(`kernel @running(x: f32[5]) -> y: f32[5] {
  for i in 0..5 sequential
    y[i] = add(x[i], select(lt(0, i), y[sub(i, 1)], 0.0))
}`);
  const schedule = parseSchedule("schedule @running any { unroll i }");
  expect(whyNot(running, schedule)).toBe("iterations of i depend on each other");
  expect(() => applySchedule(running, schedule)).toThrow("its schedule is not legal");
});

test("a product is tiled by 4 rows and 4 columns, and what is left follows", () => {
  const schedule = chooseSchedule(product!, typescript);
  expect(printSchedule(schedule)).toMatchInlineSnapshot(`
    "schedule @product typescript { split i 4 -> i0 i1; split j 4 -> j0 j1; reorder i0 j0 i1 j1; unroll i1 j1 }
    "
  `);
  expect(printKernel(applySchedule(product!, schedule))).toMatchInlineSnapshot(`
    "kernel @product(a: f32[B, 7], b: f32[7, 10]) -> c: f32[B, 10], d: f32[B, 10] sizes(B) {
      for i0 in 0..(floor(B/4)) spatial {
        for j0 in 0..2 spatial
          for i1 in 0..4, j1 in 0..4 unroll {
            c[add(mul(i0, 4), i1), add(mul(j0, 4), j1)] = reduce add k in 0..7 (mul(a[add(mul(i0, 4), i1), k], b[k, add(mul(j0, 4), j1)]))
            d[add(mul(i0, 4), i1), add(mul(j0, 4), j1)] = add(reduce max k in 0..7 (mul(a[add(mul(i0, 4), i1), k], b[k, add(mul(j0, 4), j1)])), a[add(mul(i0, 4), i1), 2])
          }
        for i1 in 0..4, j in 8..10 of 10 unroll {
          c[add(mul(i0, 4), i1), j] = reduce add k in 0..7 (mul(a[add(mul(i0, 4), i1), k], b[k, j]))
          d[add(mul(i0, 4), i1), j] = add(reduce max k in 0..7 (mul(a[add(mul(i0, 4), i1), k], b[k, j])), a[add(mul(i0, 4), i1), 2])
        }
      }
      for i in size(4*floor(B/4))..B of B spatial {
        for j0 in 0..2 spatial
          for j1 in 0..4 unroll {
            c[i, add(mul(j0, 4), j1)] = reduce add k in 0..7 (mul(a[i, k], b[k, add(mul(j0, 4), j1)]))
            d[i, add(mul(j0, 4), j1)] = add(reduce max k in 0..7 (mul(a[i, k], b[k, add(mul(j0, 4), j1)])), a[i, 2])
          }
        for j in 8..10 of 10 unroll {
          c[i, j] = reduce add k in 0..7 (mul(a[i, k], b[k, j]))
          d[i, j] = add(reduce max k in 0..7 (mul(a[i, k], b[k, j])), a[i, 2])
        }
      }
    }
    "
  `);
});

test("lanes over scratch share what they read of it", () => {
  const kernel =
    parseKernel(`kernel @weighted(x: f32[B, 7], v: f32[7, 4]) -> y: f32[B, 4] sizes(B) {
  for i in 0..B spatial {
    row t: f32[7]
    for u in 0..7 spatial
      t[u] = exp(x[i, u])
    for j in 0..4 spatial
      y[i, j] = reduce add w in 0..7 (mul(t[w], v[w, j]))
  }
}`);
  const lines = emitKernel(kernel).lines;
  expect(lines.filter((line) => line.startsWith("for ("))).toHaveLength(3);
  expect(lines.filter((line) => /t \+ w\b/.test(line))).toHaveLength(1);
});

test("rows that are divided by the same numbers divide by each of them once", () => {
  const scaled = (
    divisor: string,
  ): string => `kernel @scaled(x: f32[B, 5], s: f32[5], r: f32[B], n: f32[]) -> y: f32[B, 5] sizes(B) {
  for i in 0..B spatial
    for j in 0..5 spatial
      y[i, j] = div(x[i, j], ${divisor})
}
`;
  const linesOf = (divisor: string): string =>
    emitKernel(parseKernel(scaled(divisor))).lines.join("\n");
  const rows = parseKernel(scaled("s[j]"));
  expect(printSchedule(chooseSchedule(rows, typescript))).toBe(
    "schedule @scaled typescript { split i 4 -> i0 i1; reorder i0 j i1; unroll i1 }\n",
  );
  expect(linesOf("s[j]").match(/ \* t\d/g)).toHaveLength(4);
  // What changes with every element, or with the row alone, is not shared by rows.
  expect(linesOf("x[i, j]")).not.toContain("Math.floor(B / 4)");
  expect(linesOf("r[i]")).not.toContain("Math.floor(B / 4)");
  expect(linesOf("n[]")).not.toContain("Math.floor(B / 4)");
});
