// The library under the checks that a user's file gets: every name in every branch, and every declaration on its own.

import { describe, expect, test } from "vitest";
import { createPrelude, elaborate } from "../../compiler/frontend/index.ts";
import { librarySources } from "../../compiler/std/sources.gen.ts";

const prelude = createPrelude();

describe("the library", () => {
  for (const [name, text] of Object.entries(librarySources)) {
    test(`${name} has nothing to report`, () => {
      const { diagnostics } = elaborate({ entry: name, read: () => text, prelude });
      expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
    });
  }

  test("declarations that nothing uses are checked for names, arguments and fixed sizes", () => {
    const text = `
      block Unused(units)(x: [B, 5]) -> [B, units] {
        param W: [7, units] ~ glorot()
        let y = x @ W
        return if units == 3 then y else y -> clamp(low = 0)
      }
      fn unused(x: [A, 3], y: [A, 4]) = x + y`;
    const { diagnostics } = elaborate({ entry: "t.dlm", read: () => text, prelude });
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "DLM0202 `clamp` has no argument `low`",
      "DLM0401 these sizes must be equal: 5 and 7",
      "DLM0401 these sizes must be equal: 3 and 4",
    ]);
  });

  test("sizes that a call may make equal are no error by themselves", () => {
    const text = `
      fn blend(x: [A, T], y: [A, S]) = x + y
      block Join(heads)(x: [B, E]) -> [B, heads, E / heads] {
        require E % heads == 0, "heads must divide the width"
        return reshape(x, [B, heads, E / heads])
      }
      fn my_start(fan_in = fan_in) = normal(0, sqrt(1 / fan_in))`;
    const { diagnostics } = elaborate({ entry: "t.dlm", read: () => text, prelude });
    expect(diagnostics).toEqual([]);
  });
});
