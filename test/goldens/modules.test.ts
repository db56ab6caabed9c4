// The modules of the reference numbers: outputs, gradients of inputs and weights, and buffers, by every engine.

import { describe, expect, test } from "vitest";
import { engines } from "./engines.ts";
import { moduleCases } from "./module-cases.ts";
import { errorsOf, goldens } from "./module-errors.ts";

for (const engine of engines) {
  describe(`${engine.name} gives PyTorch's outputs, gradients and buffers`, () => {
    for (const one of moduleCases) {
      test(one.name, async () => {
        const errors = await errorsOf(engine, one);
        expect(errors.filter(([, error]) => !(error <= engine.tolerance.gradient))).toEqual([]);
      });
    }
  });
}

test("all 40 modules are covered", () => {
  const names = [...goldens.keys()].flatMap((key) => /^module\.([^/]+)\//.exec(key)?.[1] ?? []);
  expect(moduleCases.map(({ name }) => name).sort()).toEqual([...new Set(names)].sort());
  expect(moduleCases).toHaveLength(40);
});
