// Steps through a sequence give what the forward pass gives at every position.

import { describe, expect, test } from "vitest";
import { expectClose } from "../backends/run-entry.ts";
import { stepPrograms } from "./programs.ts";
import { drawData, netOf, walkEmitted, walkInterpreted } from "./walk.ts";

describe.each(stepPrograms)("$what", ({ text, sizes }) => {
  const module = netOf(text);
  const data = drawData(module, sizes, 11);

  test("the interpreter's steps are its forward pass", () => {
    const { whole, steps } = walkInterpreted(module, data, sizes);
    expect(steps).toHaveLength(sizes["T"]!);
    steps.forEach((results, t) => {
      expect([...results.keys()]).toEqual([...whole[t]!.keys()]);
      for (const [name, value] of results)
        expectClose(value, whole[t]!.get(name)!, 1e-9, `${name} at ${t}`);
    });
  });

  test("the emitted steps are the interpreter's forward pass", async () => {
    const { whole } = walkInterpreted(module, data, sizes);
    const steps = await walkEmitted(module, data, sizes);
    steps.forEach((results, t) => {
      [...whole[t]!.entries()].forEach(([name, want], i) => {
        const got = { ...want, data: Float64Array.from(results[i]!) };
        expectClose(got, want, 1e-5, `${name} at ${t}`);
      });
    });
  });
});
