import { describe, expect, test } from "vitest";
import {
  add,
  ceilDiv,
  DimOverflow,
  DimZeroDivisor,
  equalDims,
  evaluateDim,
  exactDiv,
  floorDiv,
  maxDim,
  minDim,
  mod,
  mul,
  neg,
  product,
  sub,
  substitute,
  symbol,
  symbolsOf,
} from "../../compiler/ir/dim.ts";
import { parseDim, printDim } from "../../compiler/ir/dim-text.ts";
import { createRandom, randomDim, randomSizes } from "./random.ts";

const B = symbol("B");
const T = symbol("T");

describe("the normal form", () => {
  test("random sizes have the value they were built to have", () => {
    const random = createRandom(1);
    for (let i = 0; i < 4000; i++) {
      const meant = randomDim(random, 1 + random.below(3));
      for (let k = 0; k < 4; k++) {
        const env = randomSizes(random, 40);
        expect(evaluateDim(meant.dim, env), printDim(meant.dim)).toBe(meant.at(env) + 0);
      }
    }
  });

  test("random sizes print, parse back and substitute to the same size", () => {
    const random = createRandom(2);
    for (let i = 0; i < 2000; i++) {
      const { dim } = randomDim(random, 1 + random.below(3));
      expect(printDim(parseDim(printDim(dim)))).toBe(printDim(dim));
      expect(printDim(substitute(dim, new Map()))).toBe(printDim(dim));
      const env = randomSizes(random, 20);
      expect(substitute(dim, env)).toBe(evaluateDim(dim, env));
      expect(sub(dim, dim)).toBe(0);
    }
  });

  test.each([
    ["B+T", "T+B"],
    ["(B+1)*(B-1)", "B^2-1"],
    ["floor((2*T+5)/2)", "T+2"],
    ["floor((T-1)/2)", "floor((T+1)/2)-1"],
    ["floor(floor(T/2)/3)", "floor(T/6)"],
    ["floor((floor((T-3)/2)+1-3)/2)+1", "floor((T-3)/4)"],
    ["3*floor(T/3)+mod(T,3)", "T"],
    ["floor((2*T+3)/4)", "floor((T+1)/2)"],
    ["ceil(T/2)", "floor((T+1)/2)"],
    ["floor((B*T+T)/T)", "B+1"],
    ["floor((6*B*T)/(2*B))", "3*T"],
    ["floor((B*T)/(B*H))", "floor(T/H)"],
    ["min(T+2,B+2)", "min(B,T)+2"],
    ["min(2*T,2*B)", "2*min(T,B)"],
    ["max(T,1)", "T"],
    ["min(B+T,2)", "2"],
    ["mod(T+4,4)", "mod(T,4)"],
  ])("%s is %s", (a, b) => {
    expect(printDim(parseDim(a))).toBe(printDim(parseDim(b)));
  });

  test("plain integers stay numbers", () => {
    expect(sub(add(B, 3), B)).toBe(3);
    expect(mul(B, 0)).toBe(0);
    expect(Object.is(neg(0), 0)).toBe(true);
    expect(floorDiv(-7, 2)).toBe(-4);
    expect(ceilDiv(-7, 2)).toBe(-3);
    expect(mod(-7, 3)).toBe(2);
    expect(product([3, 5, 7])).toBe(105);
  });

  test("different sizes stay different", () => {
    expect(equalDims(B, T)).toBe(false);
    expect(equalDims(floorDiv(B, 2), floorDiv(B, 3))).toBe(false);
    expect(equalDims(mul(2, floorDiv(B, 2)), B)).toBe(false);
    expect(equalDims(minDim(B, T), maxDim(B, T))).toBe(false);
  });

  test("symbols are found inside quotients", () => {
    expect(symbolsOf(add(floorDiv(T, 3), minDim(B, symbol("H"))))).toEqual(["B", "H", "T"]);
  });
});

describe("exact division", () => {
  test.each([
    ["6*B*T", "2*B", "3*T"],
    ["B^2-1", "B-1", "B+1"],
    ["B*T+2*B", "T+2", "B"],
    ["2*floor(T/2)", "2", "floor(T/2)"],
  ])("%s over %s is %s", (a, b, q) => {
    expect(printDim(exactDiv(parseDim(a), parseDim(b)) ?? NaN)).toBe(q);
  });

  test.each([
    ["B", "2"],
    ["B+T", "B"],
    ["7", "2"],
    ["B", "T"],
  ])("%s over %s is not whole", (a, b) => {
    expect(exactDiv(parseDim(a), parseDim(b))).toBeNull();
  });

  test("a product divided by a factor gives the other one", () => {
    const random = createRandom(3);
    for (let i = 0; i < 500; i++) {
      const a = randomDim(random, 2).dim;
      const b = randomDim(random, 2).dim;
      if (b === 0) continue;
      expect(printDim(exactDiv(mul(a, b), b) ?? NaN), `${printDim(a)} | ${printDim(b)}`).toBe(
        printDim(a),
      );
    }
  });
});

describe("errors", () => {
  test("a size beyond 2^53 is an overflow", () => {
    expect(() => mul(2 ** 30, 2 ** 30)).toThrow(DimOverflow);
    expect(() => mul(mul(B, 2 ** 30), 2 ** 30)).toThrow(DimOverflow);
    expect(() => evaluateDim(mul(B, B), new Map([["B", 2 ** 30]]))).toThrow(DimOverflow);
  });

  test("division by zero has its own error", () => {
    expect(() => floorDiv(B, 0)).toThrow(DimZeroDivisor);
    expect(() => exactDiv(4, 0)).toThrow(DimZeroDivisor);
  });

  test.each(["", "B+", "2*(B", "B T", "floor(B,2)", "min(B)", "B^T", "?"])(
    "%j is not a size",
    (text) => {
      expect(() => parseDim(text)).toThrow(SyntaxError);
    },
  );
});
