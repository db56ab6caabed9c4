import { describe, expect, test } from "vitest";
import { call, int, local } from "../../compiler/kernel/build.ts";
import type { Expr } from "../../compiler/kernel/expr.ts";
import { interpretExpr } from "../../compiler/kernel/interpret.ts";
import { expandCall } from "../../compiler/kernel/math/expansions.ts";
import { normal } from "../../compiler/kernel/math/normal.ts";
import { pow } from "../../compiler/kernel/math/pow.ts";
import { normalAt } from "../../runtime/random.ts";
import { findAbove, inputsFor } from "./check-math.ts";
import { compileF32x4, operationsIn } from "./f32x4.ts";
import { mathCases, normalCases } from "./math-cases.ts";
import { errorInUlps, ulpOf } from "./ulp.ts";

const x = local("x", "f32");
const interpreted = (expr: Expr, value: number): number =>
  interpretExpr(expr, { values: new Map([["x", value]]) });

describe.each(mathCases)("$name", (one) => {
  const expr = one.expand(x);

  test("is as near to doubles as stated, in f32", () => {
    expect(findAbove(one, 4_999)).toBeNull();
  });

  test("takes as many operations as stated", () => {
    expect(operationsIn(expr)).toBe(one.operations);
  });

  // A formula that only rounding makes right would show here.
  test("is the same in the reference interpreter, in doubles", () => {
    const inputs = inputsFor(expr, 3_000_017).filter((value) => !(Math.abs(value) > one.upTo));
    const wrong = inputs.filter((value) => {
      const [got, want] = [interpreted(expr, value), one.exact(value)];
      if (!Number.isFinite(want) || Math.abs(want) > 2 ** 127)
        return !Object.is(Math.fround(got), Math.fround(want));
      return !(Math.abs(got - want) <= one.ulps * ulpOf(want));
    });
    expect([...wrong]).toEqual([]);
  });

  test("is what the pass puts in place of a call", () => {
    const called = call(one.name as "exp", x);
    expect(called.kind === "call" && expandCall(called)).toEqual(expr);
  });
});

describe("pow", () => {
  const expr = pow(x, local("y", "f32"));
  const batch = compileF32x4(expr, ["x", "y"], 4096);
  const powersAbove = (
    ulps: number,
    xs: readonly number[],
    ys: readonly number[],
  ): readonly string[] =>
    xs.flatMap((base) => {
      batch.inputs[0]!.fill(base);
      batch.inputs[1]!.set(ys);
      batch.run();
      return ys.flatMap((_, k) => {
        const [a, y, got] = [batch.inputs[0]![0]!, batch.inputs[1]![k]!, batch.output[k]!];
        return errorInUlps(got, a ** y) <= ulps ? [] : [`${a} ^ ${y} is ${got}, not ${a ** y}`];
      });
    });
  const sizes = [0, 1, 2, 3, 0.5, 1.5, 127, 128, 149, 150, 2 ** 24, 2 ** 25, 2 ** 24 + 2];
  const special = [...sizes, 1e-40, 2 ** -149, 2 ** 127, 0.1, Infinity, NaN].flatMap((s) => [
    s,
    -s,
  ]);

  test("is `Math.pow` for zeros, infinities, NaN, negative bases and whole exponents", () => {
    expect(powersAbove(16, special, special)).toEqual([]);
  });

  test("stays within 16 ulp from end to end of the results, and 2 where they are moderate", () => {
    for (let base = 0.0037; base < 400; base *= 1.0173)
      for (const [most, ulps] of [
        [105, 16],
        [8, 2],
      ] as const) {
        const ys = Array.from({ length: 401 }, (_, k) => (most * (k / 200 - 1)) / Math.log(base));
        expect(powersAbove(ulps, [base], ys)).toEqual([]);
      }
  });

  test("takes 118 operations", () => {
    expect(operationsIn(expr)).toBe(118);
  });
});

describe("normal draws", () => {
  const drawn = (expand: (u: Expr) => Expr, us: Float32Array): Float32Array => {
    const batch = compileF32x4(expand(x), ["x"], us.length);
    batch.inputs[0]!.set(us);
    batch.run();
    return batch.output;
  };
  const count = 2 ** 16;
  /** The first and the last of the 2^24 uniform numbers, and every 257th. */
  const us = Float32Array.from({ length: count }, (_, k) =>
    k === count - 1 ? 1 - 2 ** -24 : ((k * 257) / 2 ** 24) % 1,
  );

  test("their radius and their sine are as near as stated", () => {
    const [radius, sine] = [
      drawn(normalCases.radius.expand, us),
      drawn(normalCases.sine.expand, us),
    ];
    const { radius: r, sine: s } = normalCases;
    expect(us.filter((u, k) => !(errorInUlps(radius[k]!, r.exact(u)) <= r.ulps))).toHaveLength(0);
    expect(us.filter((u, k) => !(Math.abs(sine[k]! - s.exact(u)) <= s.absolute))).toHaveLength(0);
  });

  test("are those of the reference interpreter", () => {
    for (let element = 0; element < 50; element++) {
      const got = interpretExpr(normal(int(7), int(-3), int(2), int(element)));
      expect(got).toBeCloseTo(normalAt(7, -3, 2, element), 6);
    }
  });
});

test("the distance between neighbours is right at powers of two", () => {
  for (let exponent = -149; exponent < 128; exponent++) {
    const y = 2 ** exponent;
    const below = Math.fround(y * (1 - 2 ** -24.5));
    expect(ulpOf(y)).toBe(Math.max(2 ** (exponent - 23), 2 ** -149));
    if (exponent > -126) expect(ulpOf(below)).toBe(Math.max(2 ** (exponent - 24), 2 ** -149));
  }
});

test("a wrong NaN, infinity or sign of zero is no small error", () => {
  for (const [got, want] of [
    [NaN, 1],
    [1, NaN],
    [-0, 0],
    [0, -0],
    [-Infinity, 3e38],
    [1e38, Infinity],
  ] as const)
    expect(errorInUlps(got, want)).toBe(Infinity);
  expect(errorInUlps(Infinity, 2 ** 128 - 2 ** 103.5)).toBeLessThan(1);
  expect(errorInUlps(1 + 2 ** -23, 1)).toBe(1);
});
