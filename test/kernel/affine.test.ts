import { expect, test } from "vitest";
import { evaluateDim, floorDiv, mul, sub, symbol } from "../../compiler/ir/dim.ts";
import type { Dim } from "../../compiler/ir/dim.ts";
import { parseDim, printDim } from "../../compiler/ir/dim-text.ts";
import { affineOf, decide, rangeOf } from "../../compiler/kernel/affine.ts";
import {
  addI,
  axis,
  call,
  cast,
  int,
  load,
  mulI,
  over,
  reduce,
  select,
  size,
} from "../../compiler/kernel/build.ts";
import type { Expr } from "../../compiler/kernel/expr.ts";
import { interpretExpr } from "../../compiler/kernel/interpret.ts";
import { isWithin } from "../../compiler/kernel/is-within.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { printExpr } from "../../compiler/kernel/text.ts";
import { createRandom, type Random } from "../ir/random.ts";

const extents = new Map<string, Dim>([
  ["i", 5],
  ["j", symbol("B")],
  ["k", 3],
]);

/** An expression over the axes i, j, k, the size B and an i32 buffer x. */
function read(text: string): Expr {
  const kernel = parseKernel(`kernel @k(x: i32[3]) -> out: bool[5, B, 3] sizes(B) {
    for i in 0..5, j in 0..B, k in 0..3 spatial
      let v = ${text}
  }`);
  let [stmt] = kernel.body;
  while (stmt?.kind === "for") [stmt] = stmt.body;
  if (stmt?.kind !== "let") throw new Error("expected a let");
  return stmt.value;
}

test.each([
  ["add(mul(i, 3), sub(j, 2))", "-2", "i:3 j:1"],
  ["mul(size(2*B), add(i, 1))", "2*B", "i:2*B"],
  ["sub(add(i, j), i)", "0", "j:1"],
  ["neg(mul(k, B))", "0", "k:-B"],
  ["div(add(mul(i, 6), 9), 3)", "3", "i:2"],
  ["mod(mul(i, B), B)", "0", ""],
])("%s is affine", (text, constant, coefficients) => {
  const form = affineOf(read(text));
  expect(form === null ? null : printDim(form.constant)).toBe(constant);
  const rows = [...(form?.coefficients ?? [])].map(([name, c]) => `${name}:${printDim(c)}`);
  expect(rows.sort().join(" ")).toBe(coefficients);
});

test.each(["mul(i, j)", "div(i, 2)", "x[i]", "max(i, 1)", "mod(add(i, 1), 3)"])(
  "%s is not affine",
  (text) => {
    expect(affineOf(read(text))).toBeNull();
  },
);

test.each([
  ["add(mul(i, 3), k)", "0", "14"],
  ["sub(j, i)", "-4", "B-1"],
  ["mul(i, j)", "0", "4*B-4"],
  ["div(add(j, 3), 2)", "1", "floor(B/2)+1"],
  ["mod(x[0], 7)", "0", "6"],
  ["mod(k, 3)", "0", "2"],
  ["max(0, min(x[0], size(B+1)))", "0", "B+1"],
  ["select(lt(i, j), i, -1)", "-1", "4"],
  ["i32(lt(x[0], x[1]))", "0", "1"],
  ["reduce argmax r in 0..B (x[0])", "0", "B-1"],
  ["reduce max r in 0..B (add(i, r))", "0", "B+3"],
  ["add(div(i, 2), mod(i, 2))", "0", "3"],
])("%s ranges over %s .. %s", (text, lo, hi) => {
  const range = rangeOf(read(text), extents);
  expect(range).not.toBeNull();
  expect([range?.lo ?? NaN, range?.hi ?? NaN].map(printDim)).toEqual([lo, hi]);
});

test("of whole tiles, divided by a size, it is known that they are no more than all elements", () => {
  const [b, t] = [symbol("B"), symbol("T")];
  const tiled = new Map<string, Dim>([
    ["i0", floorDiv(mul(b, t), 3)],
    ["i1", 3],
  ]);
  const row = call("div", addI(mulI(axis("i0"), int(3)), axis("i1")), size(t));
  expect(isWithin(row, b, tiled)).toBe(true);
  expect(isWithin(row, sub(b, 1), tiled)).toBe(false);
  // Tiles of 4 that begin 3 apart end behind all elements.
  const wider = new Map([...tiled, ["i1", 4] as const]);
  expect(isWithin(row, b, wider)).toBe(false);
});

test.each(["x[0]", "min(x[0], 3)", "mul(x[0], i)", "div(i, x[0])", "i32(exp(1.0))"])(
  "nothing is claimed of %s",
  (text) => {
    expect(rangeOf(read(text), extents)).toBeNull();
  },
);

test.each<[string, boolean | null]>([
  ["le(0, i)", true],
  ["lt(i, 5)", true],
  ["lt(i, 4)", null],
  ["lt(5, i)", false],
  ["lt(j, B)", true],
  ["le(B, j)", false],
  ["and(le(0, sub(add(i, k), i)), lt(k, 3))", true],
  ["and(lt(x[0], 3), lt(i, 0))", false],
  ["or(lt(x[0], 3), lt(i, 5))", true],
  ["not(lt(i, 5))", false],
  ["eq(mod(mul(i, 2), 2), 0)", true],
  ["eq(i, 9)", false],
  ["eq(i, k)", null],
  ["lt(j, 65)", null],
])("%s: %s", (text, answer) => {
  expect(decide(read(text), extents)).toBe(answer);
});

test("upper bounds of sizes decide conditions", () => {
  expect(decide(read("lt(j, 64)"), extents, new Map([["B", 64]]))).toBe(true);
  expect(decide(read("lt(j, 63)"), extents, new Map([["B", 64]]))).toBeNull();
});

test("what is claimed of random expressions holds for every index", () => {
  const random = createRandom(8);
  const sizes = new Map([["B", 4]]);
  let [ranges, decisions, forms] = [0, 0, 0];
  for (let n = 0; n < 600; n++) {
    const e = randomIndex(random, 1 + random.below(3));
    const other = randomIndex(random, 2);
    const condition = call(random.below(2) === 0 ? "lt" : "le", e, other);
    const [range, form, decision] = [rangeOf(e, extents), affineOf(e), decide(condition, extents)];
    if (range !== null) ranges++;
    if (form !== null) forms++;
    if (decision !== null) decisions++;
    for (const values of indices()) {
      const value = interpretExpr(e, { values, sizes });
      const note = `${printExpr(condition)} at ${JSON.stringify([...values])}`;
      if (range !== null) {
        expect(value, note).toBeGreaterThanOrEqual(evaluateDim(range.lo, sizes));
        expect(value, note).toBeLessThanOrEqual(evaluateDim(range.hi, sizes));
      }
      if (decision !== null) {
        expect(interpretExpr(condition, { values, sizes }), note).toBe(decision ? 1 : 0);
      }
      if (form !== null) {
        const terms = [...form.coefficients].map(
          ([name, c]) => evaluateDim(c, sizes) * (values.get(name) ?? NaN),
        );
        expect(
          terms.reduce((a, b) => a + b, evaluateDim(form.constant, sizes)),
          note,
        ).toBe(value);
      }
    }
  }
  expect(ranges).toBeGreaterThan(250);
  expect(forms).toBeGreaterThan(80);
  expect(decisions).toBeGreaterThan(50);
});

test("a range may name sizes that only bounds relate", () => {
  const e = call("sub", size(parseDim("C")), axis("t"));
  const range = rangeOf(e, new Map([["t", symbol("T")]]));
  expect(range === null ? null : printDim(range.lo)).toBe("C-T+1");
});

test("values that are not read from axes have no form", () => {
  const x = load({ name: "x", dtype: "i32" }, []);
  expect(affineOf(select(call("lt", x, int(3)), x, int(0)))).toBeNull();
  expect(affineOf(reduce("add", [over("r", 3)], axis("r")))).toBeNull();
  expect(affineOf(cast("f32", x))).toBeNull();
});

function* indices(): Generator<ReadonlyMap<string, number>> {
  for (let i = 0; i < 5; i += 2) {
    for (let j = 0; j < 4; j++) {
      for (let k = 0; k < 3; k++) {
        yield new Map(Object.entries({ i, j, k }));
      }
    }
  }
}

function randomIndex(random: Random, depth: number): Expr {
  if (depth === 0) {
    const leaves = [axis("i"), axis("j"), axis("k"), int(random.below(9) - 4), size(symbol("B"))];
    return leaves[random.below(leaves.length)] ?? int(1);
  }
  const a = randomIndex(random, depth - 1);
  const b = randomIndex(random, random.below(depth));
  const fns = ["add", "sub", "mul", "min", "max", "div", "mod"] as const;
  if (random.below(9) === 0) return call("neg", a);
  if (random.below(9) === 0) return select(call("lt", a, b), a, b);
  const fn = fns[random.below(fns.length)] ?? "add";
  const by = random.below(2) === 0 ? int(1 + random.below(4)) : size(symbol("B"));
  return call(fn, a, fn === "div" || fn === "mod" ? by : b);
}
