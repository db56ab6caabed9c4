// Equal layers share their kernels, whatever the depth.

import { expect, test } from "vitest";
import type { EmittedFunction } from "../../compiler/backends/backend.ts";
import type { EntryPlan, Plan } from "../../compiler/lower/plan.ts";
import { planOf, textOf } from "./stacked-plan.ts";

const [three, six] = [planOf(3), planOf(6)];

/** Kernels of one entry, each once. */
const kernelsOf = (plan: Plan, entry: string): ReadonlySet<number> =>
  new Set(named(plan, entry).dispatches.map(({ kernel }) => kernel));

const named = ({ entries }: Plan, name: string): EntryPlan =>
  entries.find(({ entry }) => entry.name === name)!;

test.each(["step", "evaluate", "forward_net", "stepping_net"])(
  "three blocks and six have the same kernels: %s",
  (name) => {
    expect(kernelsOf(six, name).size).toBe(kernelsOf(three, name).size);
    expect(named(six, name).dispatches.length).toBeGreaterThan(
      1.6 * named(three, name).dispatches.length,
    );
  },
);

test("the emitted functions of three blocks are those of six", () => {
  // They stand in the order in which kernels are first launched, and updates move with what else is alive.
  const functionsOf = (plan: Plan): readonly EmittedFunction[] =>
    textOf(plan).functions.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(functionsOf(six)).toEqual(functionsOf(three));
});
