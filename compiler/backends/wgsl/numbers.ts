// Literals of WGSL. What overflows in an expression of literals does not compile, and -0 among them may turn 0 into -0.

import type { DType } from "../../ir/type.ts";

const largest = 2 ** 128 - 2 ** 104;

/** The fewest digits that give the same f32. */
const shortest = (value: number): string => {
  for (let digits = 1; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value && Math.abs(Number(text)) <= largest)
      return String(Number(text));
  }
  return String(value);
};

const realText = (value: number): string => {
  const f32 = Math.fround(value);
  if (Number.isNaN(f32)) return "nan()";
  if (f32 === Infinity) return "infinity()";
  if (f32 === -Infinity) return "(-infinity())";
  if (Object.is(f32, -0)) return "negativeZero()";
  const text = shortest(f32);
  const real = /^-?\d+$/.test(text) ? `${text}.0` : text;
  return f32 < 0 ? `(${real})` : real;
};

export const numberText = (dtype: DType, value: number): string => {
  if (dtype === "bool") return value !== 0 ? "true" : "false";
  if (dtype === "f32") return realText(value);
  return value < 0 ? `(${value})` : String(value + 0);
};
