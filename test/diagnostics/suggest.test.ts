// Did-you-mean: which known word an unknown one was meant to be.

import { describe, expect, test } from "vitest";
import { editDistance, nearest, suggest } from "../../grammar/suggest.ts";

describe("edit distance", () => {
  const cases = [
    ["", "", 0],
    ["Dense", "Dense", 0],
    ["Dence", "Dense", 1],
    ["Desne", "Dense", 1],
    ["Dens", "Dense", 1],
    ["Densee", "Dense", 1],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
  ] as const;
  for (const [a, b, distance] of cases) {
    test(`"${a}" and "${b}" are ${distance} apart, both ways`, () => {
      expect(editDistance(a, b)).toBe(distance);
      expect(editDistance(b, a)).toBe(distance);
    });
  }
});

describe("suggestions", () => {
  const layers = ["Dense", "Conv", "BatchNorm", "relu", "elu"];
  test("the nearest word wins", () => {
    expect(suggest("Dence", layers)).toBe("Dense");
    expect(suggest("rleu", layers)).toBe("relu");
  });
  test("the same letters in another case win over fewer edits", () => {
    expect(suggest("batchnorm", layers)).toBe("BatchNorm");
    expect(nearest("B", ["A", "b"])).toBe("b");
  });
  test("a word far from all is offered nothing", () => {
    expect(suggest("Transformer", layers)).toBeNull();
    expect(suggest("x", layers)).toBeNull();
  });
  test("a lone candidate is always offered", () => {
    expect(suggest("anything", ["kernel"])).toBe("kernel");
    expect(nearest("anything", ["kernel"])).toBeNull();
  });
  test("nothing is offered from nothing, nor a word for itself", () => {
    expect(suggest("x", [])).toBeNull();
    expect(suggest("kernel", ["kernel"])).toBeNull();
  });
  test("an endless word ends soon", () => {
    expect(suggest("x".repeat(1_000_000), layers)).toBeNull();
  });
});
