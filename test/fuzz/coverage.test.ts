// What the programs of the fixed seeds are made of.

import { expect, test } from "vitest";
import { fixedSizesOf } from "./bind.ts";
import { generate } from "./generate.ts";
import { hasScans } from "./keeping.ts";
import { isTrained } from "./run.ts";

const programs = Array.from({ length: 1600 }, (_, n) => generate(n + 1));

test("at least 150 kinds of statement are written, each several times", () => {
  const counts = new Map<string, number>();
  for (const { rule } of programs.flatMap(({ statements }) => statements))
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
  // Only scales values.
  counts.delete("tame");
  const often = [...counts].filter(([, count]) => count >= 5);
  console.log(`${counts.size} kinds, ${often.length} of them at least five times`);
  expect(counts.size).toBeGreaterThanOrEqual(155);
  expect(often.length).toBeGreaterThanOrEqual(140);
});

test("many are trained, have time loops, and know some of their sizes", () => {
  const share = (holds: (program: (typeof programs)[number]) => boolean): number =>
    programs.filter(holds).length / programs.length;
  expect(share(isTrained)).toBeGreaterThan(0.05);
  expect(share(hasScans)).toBeGreaterThan(0.15);
  const fixed = (count: number): number =>
    share((program) => Object.keys(fixedSizesOf(program)).length === count);
  for (const count of [0, 1, 2]) expect(fixed(count)).toBeGreaterThan(0.05);
});
