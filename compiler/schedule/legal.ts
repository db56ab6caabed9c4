// The loop nests of a kernel after the steps of a schedule.

import type { Kernel } from "../kernel/kernel.ts";
import { extentsOf } from "../lower/statements.ts";
import { namesIn } from "../lower/names-in.ts";
import { nestsIn } from "./nests.ts";
import type { Nest } from "./nests.ts";
import type { Schedule } from "./schedule.ts";
import { takeStep } from "./take-step.ts";

/** The nests after all steps; a sentence where one of them is not legal. */
export const scheduledNests = (kernel: Kernel, { steps }: Schedule): readonly Nest[] | string => {
  const facts = { names: namesIn(kernel), extents: extentsOf(kernel.body) };
  const packs = steps.findIndex(({ kind }) => kind === "pack");
  if (packs >= 0 && steps.slice(packs).some(({ kind }) => kind !== "pack"))
    return "after what is packed no other step is taken";
  return steps.reduce<readonly Nest[] | string>(
    (nests, step) => (typeof nests === "string" ? nests : takeStep(nests, step, facts)),
    nestsIn(kernel.body),
  );
};
