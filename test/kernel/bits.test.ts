import { expect, test } from "vitest";
import { spelling } from "../../compiler/backends/typescript/spelling.ts";
import { call, int, num } from "../../compiler/kernel/build.ts";
import { interpretExpr } from "../../compiler/kernel/interpret.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { scalarOf } from "../../compiler/kernel/scalar.ts";
import { printKernel } from "../../compiler/kernel/text.ts";
import { verifyKernel } from "../../compiler/kernel/verify.ts";

test.each([
  [1, 0x3f800000],
  [-2, -0x40000000],
  [-0, -(2 ** 31)],
  [2 ** -149, 1],
  [Infinity, 0x7f800000],
  // A double is rounded to f32 first.
  [0.1, 0x3dcccccd],
])("the bits of %d are %d", (value, bits) => {
  expect(interpretExpr(call("toBits", num(value)))).toBe(bits);
  expect(interpretExpr(call("fromBits", int(bits)))).toBe(Math.fround(value));
});

test.each([
  ["shl", 3, 31, -(2 ** 31)],
  ["shr", -(2 ** 31), 30, -2],
  ["bitAnd", -1, 0x7f800000, 0x7f800000],
  ["bitXor", -(2 ** 31), -1, 2 ** 31 - 1],
] as const)("%s(%d, %d) is %d", (fn, a, b, result) => {
  expect(interpretExpr(call(fn, int(a), int(b)))).toBe(result);
});

const samples = [0, 1, 5, 31, -1, -8, 0x3f800000, -(2 ** 31)];

test.each(["shl", "shr", "bitAnd", "bitXor", "toBits", "fromBits"] as const)(
  "%s in TypeScript is what the reference interpreter computes",
  (fn) => {
    // The spelling ends in `!`, which only the type checker reads.
    const text = spelling[fn].f32("a", "b").replace("!", "");
    const emitted = new Function("a", "b", `return ${text};`) as (a: number, b: number) => number;
    for (const a of samples)
      for (const b of samples)
        expect(emitted(a, b)).toBe(scalarOf(fn, fn === "toBits" ? "f32" : "i32")(a, b, 0, 0));
  },
);

const doubled = `kernel @doubled(x: f32[B]) -> y: f32[B] sizes(B) {
  for b in 0..B spatial
    y[b] = fromBits(add(bitXor(toBits(x[b]), bitAnd(shr(toBits(x[b]), 31), 0)), shl(1, 23)))
}
`;

test("they print, parse and are checked", () => {
  const kernel = parseKernel(doubled);
  verifyKernel(kernel);
  expect(printKernel(kernel)).toBe(doubled);
  const wrong = parseKernel(doubled.replace("shr(toBits(x[b]), 31)", "shr(x[b], 31)"));
  expect(() => verifyKernel(wrong)).toThrow("x[b] is f32, expected i32");
});
