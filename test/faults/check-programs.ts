// Generated programs until one of them comes out differently in two ways of running it.

import { generate } from "../fuzz/generate.ts";
import type { Program } from "../fuzz/program.ts";
import { verdictOf } from "../fuzz/run.ts";

const value = (name: string, shape: readonly number[] = [7, 7, 2]) =>
  ({ name, kind: "float", shape, exact: false, bound: 2 }) as const;

// What random programs have too seldom.

/** A value and its mirror image in one kernel. */
const mirrored: Program = {
  seed: 1,
  inputs: [{ ...value("x"), exact: true, below: 0 }],
  statements: [
    { rule: "gelu", text: "let a = gelu(x)", defines: [value("a")], reads: ["x"] },
    { rule: "flip", text: "let b = flip(x, 2)", defines: [value("b")], reads: ["x"] },
    { rule: "sub", text: "let y = a - b", defines: [value("y")], reads: ["a", "b"] },
  ],
  result: value("y"),
};

/** Elements that lie apart, in a kernel that has no other use for where they are. */
const apart: Program = {
  seed: 1,
  inputs: [{ ...value("x"), exact: true, below: 0 }],
  statements: [
    { rule: "first", text: "let a = first(x, 2)", defines: [value("a", [7, 7])], reads: ["x"] },
    { rule: "gelu", text: "let y = gelu(a)", defines: [value("y", [7, 7])], reads: ["a"] },
  ],
  result: value("y", [7, 7]),
};

const rows = [1, 5, 6];

/** Rows that each are made of two rows of what they could lie over, behind an axis of length 1. No gradient needs these. */
const turned: Program = {
  seed: 1,
  inputs: [{ name: "k", kind: "int", shape: rows, exact: true, bound: 5, below: 6 }],
  statements: [
    { rule: "float", text: "let a = float(k)", defines: [value("a", rows)], reads: ["k"] },
    { rule: "tanh", text: "let b = tanh(0.3 * a)", defines: [value("b", rows)], reads: ["a"] },
    { rule: "flip", text: "let c = b + flip(b, 1)", defines: [value("c", rows)], reads: ["b"] },
    { rule: "softmax", text: "let y = softmax(c)", defines: [value("y", rows)], reads: ["c"] },
  ],
  result: value("y", rows),
};

/** Seeds of their own: the fuzzer's fixed ones are run by its own test. */
const firstSeed = 7000;
const count = Number(process.argv[3] ?? 200);

export const findByFuzzing = async (): Promise<string | null> => {
  for (const [name, program] of Object.entries({ mirrored, apart, turned })) {
    const verdict = await verdictOf(program);
    if (verdict !== null) return `${name}: ${verdict}`;
  }
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const verdict = await verdictOf(generate(seed, 24));
    if (verdict !== null) return `seed ${seed}: ${verdict}`;
  }
  return null;
};
