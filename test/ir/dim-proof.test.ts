import { expect, test } from "vitest";
import { add, evaluateDim, mul, sub, symbol } from "../../compiler/ir/dim.ts";
import type { Dim } from "../../compiler/ir/dim.ts";
import { boundsOf, proveAtLeast, sizeBounds, upperBound } from "../../compiler/ir/dim-proof.ts";
import { parseDim, printDim } from "../../compiler/ir/dim-text.ts";
import { createRandom, names, randomDim } from "./random.ts";

const bounds = new Map<string, Dim>([
  ["B", 64],
  ["T", 32],
]);

test("a proof is never wrong", () => {
  const random = createRandom(4);
  let decided = 0;
  for (let i = 0; i < 800; i++) {
    const { dim } = randomDim(random, 1 + random.below(3));
    const least = random.below(21) - 10;
    const answer = proveAtLeast(dim, least, bounds);
    const interval = boundsOf(dim, bounds);
    if (answer !== "unknown") decided++;
    for (let k = 0; k < 20; k++) {
      const env = new Map(
        names.map((n) => [n, 1 + random.below(k < 10 ? 4 : ({ B: 64, T: 32 }[n] ?? 900))]),
      );
      const value = evaluateDim(dim, env);
      const note = `${printDim(dim)} at ${JSON.stringify([...env])}`;
      if (answer === "yes") expect(value, note).toBeGreaterThanOrEqual(least);
      if (answer === "no") expect(value, note).toBeLessThan(least);
      expect(value, note).toBeGreaterThanOrEqual(interval.lo);
      expect(value, note).toBeLessThanOrEqual(interval.hi);
    }
  }
  expect(decided).toBeGreaterThan(250);
});

test.each([
  // The last tap of a convolution lies inside its input: (Ho-1)*s + k-1 <= H-1.
  ["H-1-((floor((H-3)/2)+1-1)*2+3-1)", 0, "yes"],
  ["H+2*1-1-(floor((H+2*1-3)/2)*2+3-1)", 0, "yes"],
  ["H-1-(floor((H-5)/3)*3+4)", 0, "yes"],
  ["H-1-(floor((H-3)/2)*2+3)", 0, "unknown"],
  ["B*T-B", 0, "yes"],
  ["B*T-B-T+1", 0, "yes"],
  ["T-mod(T,3)", 0, "yes"],
  ["2-mod(T,3)", 0, "yes"],
  ["floor(T/2)", 1, "unknown"],
  ["ceil(T/2)", 1, "yes"],
  ["32-T", 0, "yes"],
  ["31-T", 0, "unknown"],
  ["T-33", 0, "no"],
  ["64*32-B*T", 0, "yes"],
  ["min(B,T)-T", 1, "no"],
  ["T-min(B,T)", 0, "yes"],
  ["max(B,T)-B", 0, "yes"],
  ["min(B,T)", 1, "yes"],
  ["T-H", 0, "unknown"],
  // Of n elements in rows of H the last one lies in a row that is there.
  ["B-1-floor((B*H-1)/H)", 0, "yes"],
  ["B-2-floor((B*H-1)/H)", 0, "no"],
] as const)("%s >= %d: %s", (text, least, answer) => {
  expect(proveAtLeast(parseDim(text), least, bounds)).toBe(answer);
});

test("upper bounds size buffers", () => {
  expect(upperBound(parseDim("2*B*T+1"), bounds)).toBe(2 * 64 * 32 + 1);
  expect(upperBound(parseDim("mod(T,5)"), bounds)).toBe(4);
  expect(upperBound(parseDim("floor((T+1)/2)*B"), bounds)).toBe(16 * 64);
  expect(upperBound(symbol("H"), bounds)).toBeNull();
});

test("a bound may name another size", () => {
  const declared = sizeBounds([
    { name: "T", max: symbol("C") },
    { name: "C", max: 100 },
    { name: "B", max: null },
  ]);
  expect(proveAtLeast(sub(symbol("C"), symbol("T")), 0, declared)).toBe("yes");
  expect(upperBound(add(mul(2, symbol("T")), 1), declared)).toBe(201);
});
