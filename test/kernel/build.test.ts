import { expect, test } from "vitest";
import { add, mul, symbol } from "../../compiler/ir/dim.ts";
import {
  addI,
  andB,
  axis,
  bool,
  call,
  divI,
  eqI,
  int,
  leI,
  ltI,
  modI,
  mulI,
  size,
  subI,
} from "../../compiler/kernel/build.ts";
import type { Expr } from "../../compiler/kernel/expr.ts";
import { interpretExpr } from "../../compiler/kernel/interpret.ts";
import { createRandom, type Random } from "../ir/random.ts";

const B = symbol("B");
const i = axis("i");
const j = axis("j");

test.each<[string, Expr, Expr]>([
  ["i + 0", addI(i, int(0)), i],
  ["0 + i", addI(int(0), i), i],
  ["i * 1", mulI(i, int(1)), i],
  ["i * 0", mulI(i, int(0)), int(0)],
  ["2 + (i + 3)", addI(int(2), addI(i, int(3))), addI(i, int(5))],
  ["(i * 2) * B", mulI(mulI(i, int(2)), size(B)), mulI(i, size(mul(2, B)))],
  ["B + 1", addI(size(B), int(1)), size(add(B, 1))],
  ["i - 2", subI(i, int(2)), addI(i, int(-2))],
  ["i / 1", divI(i, int(1)), i],
  ["i mod 1", modI(i, int(1)), int(0)],
  [
    "(i * 6 + j) / 3",
    divI(addI(mulI(i, int(6)), j), int(3)),
    addI(mulI(i, int(2)), divI(j, int(3))),
  ],
  ["(i * B + j) mod B", modI(addI(mulI(i, size(B)), j), size(B)), modI(j, size(B))],
  ["i * B / B", divI(mulI(i, size(B)), size(B)), i],
  ["3 < 4", ltI(int(3), int(4)), bool(true)],
  ["4 <= 3", leI(int(4), int(3)), bool(false)],
  ["0 < B", ltI(int(0), size(B)), bool(true)],
  ["B = B", eqI(size(B), size(B)), bool(true)],
  ["true and i < j", andB(bool(true), ltI(i, j)), ltI(i, j)],
  ["i < j and false", andB(ltI(i, j), bool(false)), bool(false)],
])("%s folds", (_, folded, simple) => {
  expect(folded).toEqual(simple);
});

test("what depends on sizes stays", () => {
  expect(ltI(int(1), size(B)).kind).toBe("call");
  expect(eqI(size(B), int(3)).kind).toBe("call");
  expect(divI(i, int(0)).kind).toBe("call");
});

test("folding never changes a value", () => {
  const random = createRandom(5);
  for (let n = 0; n < 2000; n++) {
    const [folded, plain] = randomIndex(random, 4);
    const values = new Map([
      ["i", random.below(9)],
      ["j", random.below(5)],
    ]);
    const sizes = new Map([["B", 1 + random.below(6)]]);
    expect(interpretExpr(folded, { values, sizes })).toBe(interpretExpr(plain, { values, sizes }));
  }
});

/** The same index arithmetic, folded and not. */
function randomIndex(random: Random, depth: number): readonly [Expr, Expr] {
  if (depth === 0) {
    const leaves = [i, j, int(random.below(7) - 2), size(B)];
    const leaf = leaves[random.below(4)] ?? i;
    return [leaf, leaf];
  }
  const [a, b] = randomIndex(random, depth - 1);
  const [c, d] = randomIndex(random, random.below(depth));
  const by = random.below(2) === 0 ? int(1 + random.below(4)) : size(mul(1 + random.below(3), B));
  switch (random.below(5)) {
    case 0:
      return [addI(a, c), call("add", b, d)];
    case 1:
      return [subI(a, c), call("sub", b, d)];
    case 2:
      return [mulI(a, c), call("mul", b, d)];
    case 3:
      return [divI(a, by), call("div", b, by)];
    default:
      return [modI(a, by), call("mod", b, by)];
  }
}
