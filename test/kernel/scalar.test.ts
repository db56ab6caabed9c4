import { expect, test } from "vitest";
import { erf } from "../../compiler/kernel/erf.ts";
import { castTo, scalarOf } from "../../compiler/kernel/scalar.ts";

test.each([
  [1e-10, 1.1283791670955126e-10],
  [0.1, 0.1124629160182848984],
  [0.5, 0.52049987781304653768],
  [1, 0.84270079294971486934],
  [1.5, 0.96610514647531072707],
  [2, 0.99532226501895273416],
  [2.9, 0.99995890212190054114],
  [3, 0.99997790950300141456],
  [3.5, 0.99999925690162765859],
  [5, 0.99999999999846254021],
])("erf(%d) is exact to 1e-15", (x, y) => {
  expect(Math.abs(erf(x) - y) / y).toBeLessThan(1e-15);
  expect(erf(-x)).toBe(-erf(x));
});

test("erf at its ends", () => {
  expect(erf(0)).toBe(0);
  expect(erf(Infinity)).toBe(1);
  expect(erf(-40)).toBe(-1);
  expect(erf(NaN)).toBeNaN();
});

test("whole numbers wrap at 32 bits and division by zero gives 0", () => {
  expect(scalarOf("add", "i32")(2 ** 31 - 1, 1, 0, 0)).toBe(-(2 ** 31));
  expect(scalarOf("mul", "i32")(65537, 65537, 0, 0)).toBe(131073);
  expect(scalarOf("sub", "i32")(-(2 ** 31), 1, 0, 0)).toBe(2 ** 31 - 1);
  expect(scalarOf("div", "i32")(-7, 2, 0, 0)).toBe(-4);
  expect(scalarOf("div", "i32")(7, 0, 0, 0)).toBe(0);
  expect(scalarOf("mod", "i32")(-7, 3, 0, 0)).toBe(2);
  expect(scalarOf("mod", "i32")(7, -3, 0, 0)).toBe(-2);
  expect(scalarOf("mod", "i32")(7, 0, 0, 0)).toBe(0);
  expect(scalarOf("pow", "i32")(3, 5, 0, 0)).toBe(243);
});

test("mod of reals has the sign of the divisor", () => {
  expect(scalarOf("mod", "f32")(-7.5, 2, 0, 0)).toBe(0.5);
  expect(scalarOf("mod", "f32")(7.5, -2, 0, 0)).toBe(-0.5);
});

test("sigmoid neither overflows nor loses its tail", () => {
  const sigmoid = scalarOf("sigmoid", "f32");
  expect(sigmoid(-700, 0, 0, 0)).toBeCloseTo(Math.exp(-700), 300);
  expect(sigmoid(800, 0, 0, 0)).toBe(1);
  expect(sigmoid(0.5, 0, 0, 0)).toBeCloseTo(1 / (1 + Math.exp(-0.5)), 15);
});

test("le is not the negation of lt: NaN is in neither", () => {
  expect(scalarOf("le", "f32")(NaN, 1, 0, 0)).toBe(0);
  expect(scalarOf("lt", "f32")(NaN, 1, 0, 0)).toBe(0);
  expect(scalarOf("eq", "f32")(NaN, NaN, 0, 0)).toBe(0);
});

test("casts truncate, saturate and turn NaN into 0", () => {
  expect(castTo("i32", -2.7)).toBe(-2);
  expect(Object.is(castTo("i32", -0.2), 0)).toBe(true);
  expect(castTo("i32", 1e12)).toBe(2 ** 31 - 1);
  expect(castTo("i32", -Infinity)).toBe(-(2 ** 31));
  expect(castTo("i32", NaN)).toBe(0);
  expect(castTo("bool", NaN)).toBe(1);
  expect(castTo("f32", 0.1)).toBe(0.1);
});
