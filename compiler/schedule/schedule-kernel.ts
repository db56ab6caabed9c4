// A kernel with the schedule chosen for a target.

import type { Kernel } from "../kernel/kernel.ts";
import { printKernel } from "../kernel/text.ts";
import type { Plan } from "../lower/plan.ts";
import { boundsInLaunches } from "../lower/bounds-in-launches.ts";
import type { Bounds } from "../lower/bounds-in-launches.ts";
import { applySchedule } from "./apply.ts";
import { chooseSchedule } from "./choose.ts";
import type { Schedule } from "./schedule.ts";
import type { Target } from "../costs/target.ts";
import { printSchedule } from "./text.ts";

export type Scheduled = {
  readonly schedule: Schedule;
  /** The kernel with its loops as scheduled. */
  readonly kernel: Kernel;
};

export const scheduleKernel = (kernel: Kernel, target: Target, bounds?: Bounds): Scheduled => {
  const schedule = chooseSchedule(kernel, target, bounds);
  return { schedule, kernel: applySchedule(kernel, schedule) };
};

/** Every distinct kernel of a plan: its schedule, and what that makes of it. */
export const printScheduled = (plan: Plan, target: Target): string => {
  const bounds = boundsInLaunches(plan);
  return plan.kernels
    .map(({ kernel }, k) => scheduleKernel(kernel, target, bounds[k]!))
    .map(({ schedule, kernel }) => `${printSchedule(schedule)}${printKernel(kernel)}`)
    .join("\n");
};
