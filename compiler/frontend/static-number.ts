// Arithmetic on numbers that are known when compiling: sizes exactly, quotients as fractions, the rest in doubles.

import type { BinaryOp } from "../../grammar/ast.ts";
import * as dim from "../ir/dim.ts";
import { proveAtLeast } from "../ir/dim-proof.ts";
import type { Bounds } from "../ir/dim-proof.ts";
import type { Dim } from "../ir/dim.ts";
import { floatItem, knownNumber, quotientItem, sizeItem } from "./convert.ts";
import type { StaticNumber } from "./convert.ts";
import type { RatioItem, SizeItem } from "./value.ts";

export type ArithmeticOp = "+" | "-" | "*" | "/" | "%" | "^";
export type CompareOp = "==" | "!=" | "<" | "<=" | ">" | ">=";

export const isArithmetic = (op: BinaryOp): op is ArithmeticOp => "+-*/%^".includes(op);
export const isComparison = (op: BinaryOp): op is CompareOp =>
  op === "==" || op === "!=" || op === "<" || op === "<=" || op === ">" || op === ">=";

/** Division by a zero that is known when compiling. */
export class ZeroDivisor extends Error {
  override readonly name = "ZeroDivisor";
}

type Fraction = { readonly num: Dim; readonly den: Dim };

const fraction = (item: SizeItem | RatioItem): Fraction =>
  item.kind === "size" ? { num: item.dim, den: 1 } : item;

/** A bool counts as 0 or 1. */
const asNumber = (item: StaticNumber): Exclude<StaticNumber, { kind: "bool" }> =>
  item.kind === "bool" ? sizeItem(Number(item.value)) : item;

/**
 * The exact result, or the result in doubles; null where a size that is bound at run time meets a float, which
 * the host computes.
 */
export const staticArithmetic = (
  op: ArithmeticOp,
  leftItem: StaticNumber,
  rightItem: StaticNumber,
): SizeItem | RatioItem | { readonly kind: "float"; readonly value: number } | null => {
  const [left, right] = [asNumber(leftItem), asNumber(rightItem)];
  if (left.kind !== "float" && right.kind !== "float")
    return exactArithmetic(op, fraction(left), fraction(right));
  const [a, b] = [knownNumber(left), knownNumber(right)];
  return a === null || b === null ? null : floatItem(inDoubles[op](a, b));
};

const inDoubles: Readonly<Record<ArithmeticOp, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a - b * Math.floor(a / b),
  "^": (a, b) => a ** b,
};

const exactArithmetic = (
  op: ArithmeticOp,
  a: Fraction,
  b: Fraction,
): SizeItem | RatioItem | { readonly kind: "float"; readonly value: number } | null => {
  const { add, sub, mul } = dim;
  switch (op) {
    case "+":
    case "-": {
      const combine = op === "+" ? add : sub;
      return quotientItem(combine(mul(a.num, b.den), mul(b.num, a.den)), mul(a.den, b.den));
    }
    case "*":
      return quotientItem(mul(a.num, b.num), mul(a.den, b.den));
    case "/":
      if (b.num === 0) throw new ZeroDivisor();
      return quotientItem(mul(a.num, b.den), mul(a.den, b.num));
    case "%": {
      if (b.num === 0) throw new ZeroDivisor();
      // a - b * floor(a / b) over the common denominator
      const quotient = dim.floorDiv(mul(a.num, b.den), mul(a.den, b.num));
      const rest = sub(mul(a.num, b.den), mul(mul(b.num, a.den), quotient));
      return quotientItem(rest, mul(a.den, b.den));
    }
    case "^":
      return exactPower(a, b);
    default:
      return op satisfies never;
  }
};

const exactPower = (
  a: Fraction,
  b: Fraction,
): SizeItem | RatioItem | { readonly kind: "float"; readonly value: number } | null => {
  const exponent = b.num;
  if (b.den !== 1 || typeof exponent !== "number") {
    const [x, y] = [a, b].map(({ num, den }) => knownNumber({ kind: "ratio", num, den }));
    return x === null || x === undefined || y === null || y === undefined
      ? null
      : floatItem(x ** y);
  }
  const times = Math.abs(exponent);
  if (times > 64) {
    const base = knownNumber({ kind: "ratio", ...a });
    return base === null ? null : floatItem(base ** exponent);
  }
  const raise = (base: Dim): Dim => dim.product(Array.from({ length: times }, () => base));
  if (exponent >= 0) return quotientItem(raise(a.num), raise(a.den));
  if (a.num === 0) throw new ZeroDivisor();
  return quotientItem(raise(a.den), raise(a.num));
};

/** A comparison that holds, or fails, for every value of the sizes; null where that is not decided. */
export const staticComparison = (
  op: CompareOp,
  leftItem: StaticNumber,
  rightItem: StaticNumber,
  bounds: Bounds,
): boolean | null => {
  const [left, right] = [asNumber(leftItem), asNumber(rightItem)];
  const [a, b] = [knownNumber(left), knownNumber(right)];
  if (a !== null && b !== null) return inNumbers[op](a, b);
  if (left.kind === "float" || right.kind === "float") return null;
  const [p, q] = [fraction(left), fraction(right)];
  if (!positive(p.den, bounds) || !positive(q.den, bounds)) return null;
  const difference = dim.sub(dim.mul(p.num, q.den), dim.mul(q.num, p.den));
  return compareZero(op, difference, bounds);
};

const positive = (den: Dim, bounds: Bounds): boolean => proveAtLeast(den, 1, bounds) === "yes";

const inNumbers: Readonly<Record<CompareOp, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Whether `difference op 0`. */
const compareZero = (op: CompareOp, difference: Dim, bounds: Bounds): boolean | null => {
  const atLeast = (d: Dim, least: number): boolean | null => {
    const proof = proveAtLeast(d, least, bounds);
    return proof === "unknown" ? null : proof === "yes";
  };
  switch (op) {
    case "==":
    case "!=": {
      const equal = isZero(difference, bounds);
      return equal === null ? null : equal === (op === "==");
    }
    case "<":
      return atLeast(dim.neg(difference), 1);
    case "<=":
      return atLeast(dim.neg(difference), 0);
    case ">":
      return atLeast(difference, 1);
    case ">=":
      return atLeast(difference, 0);
    default:
      return op satisfies never;
  }
};

const isZero = (difference: Dim, bounds: Bounds): boolean | null => {
  if (difference === 0) return true;
  const apart = [difference, dim.neg(difference)].some((d) => proveAtLeast(d, 1, bounds) === "yes");
  return apart ? false : null;
};
