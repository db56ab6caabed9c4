// Whether a kernel allows a schedule, and if not, why.

import type { Kernel } from "../kernel/kernel.ts";
import { extentsOf } from "../lower/statements.ts";
import { namesIn, nestsIn } from "./nests.ts";
import type { Nest } from "./nests.ts";
import type { Schedule } from "./schedule.ts";
import { takeStep } from "./take-step.ts";

/** The nests after all steps; a sentence where one of them is not legal. */
export const scheduledNests = (kernel: Kernel, { steps }: Schedule): readonly Nest[] | string => {
  const facts = { names: namesIn(kernel), extents: extentsOf(kernel.body) };
  return steps.reduce<readonly Nest[] | string>(
    (nests, step) => (typeof nests === "string" ? nests : takeStep(nests, step, facts)),
    nestsIn(kernel.body),
  );
};

/** Why a schedule is not legal, as a sentence; null where it is. */
export const whyNot = (kernel: Kernel, schedule: Schedule): string | null => {
  const nests = scheduledNests(kernel, schedule);
  return typeof nests === "string" ? nests : null;
};
