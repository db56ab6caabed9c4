// What of a program is worth measuring on a device: launches, and whole kernels of attention, with the ways that each may be
// computed in.

import type { Precision } from "../../../runtime/abi.ts";
import type { Trial } from "../../../runtime/webgpu/trials.ts";
import { evaluateDim, product } from "../../ir/dim.ts";
import { sizesOfDispatch } from "../../lower/plan.ts";
import type { EntryPlan, Plan } from "../../lower/plan.ts";
import { candidatesOf, wayText } from "./candidates.ts";
import { aloneIn, keyOf } from "./launch-key.ts";
import { planLaunches, rowByRow, wholeWaysOf } from "./plan-launches.ts";
import type { Choices } from "./plan-launches.ts";
import { sharingOf } from "./sharing.ts";
import type { Device } from "./tiles.ts";
import { trialOf } from "./trial.ts";
import type { Sample } from "./trial.ts";

export type Candidate = {
  readonly text: string;
  readonly start: () => Promise<Trial>;
};

export type Task = {
  /** As of `keyOf`. */
  readonly key: string;
  /** The kernel that it is first found in. */
  readonly sample: Sample;
  /** Of the way that costs say, in all runs of all entries once each. */
  readonly cost: number;
  /** The way that costs say, then the others, cheapest first. */
  readonly candidates: readonly Candidate[];
  /** What is to be measured where this way is taken. */
  readonly then: (text: string) => readonly Task[];
};

/** Dearest first, each once. */
export const tasksOf = (
  plans: readonly Plan[],
  device: Device,
  sizesOf: (entry: EntryPlan) => ReadonlyMap<string, number>,
): readonly Task[] => {
  const all = plans.flatMap((plan) =>
    plan.entries.flatMap((entry) => {
      const sizes = sizesOf(entry);
      return entry.dispatches.flatMap((dispatch): readonly Task[] => {
        const { kernel } = plan.kernels[dispatch.kernel]!;
        const times = evaluateDim(product(dispatch.loops.map(({ length }) => length)), sizes);
        const sample: Sample = {
          kernel,
          sharing: sharingOf(entry, dispatch, kernel),
          sizes: sizesOfDispatch(kernel, dispatch, sizes),
        };
        return tasksOfKernel(sample, plan.precision, device, times);
      });
    }),
  );
  const tasks = new Map<string, Task>();
  for (const task of all) {
    const known = tasks.get(task.key) ?? { ...task, cost: 0 };
    tasks.set(task.key, { ...known, cost: known.cost + task.cost });
  }
  return [...tasks.values()].toSorted((a, b) => b.cost - a.cost);
};

const tasksOfKernel = (
  sample: Sample,
  precision: Precision,
  device: Device,
  times: number,
): readonly Task[] => {
  const ways = wholeWaysOf(sample.kernel, { device });
  const [chosen] = ways;
  const launches = (): readonly Task[] => launchTasks(sample, precision, device, times);
  if (ways.length === 1) return launches();
  return [
    {
      key: keyOf("kernel", sample.kernel, precision),
      sample,
      cost: times * chosen!.cost,
      candidates: ways.map(({ text }) => ({
        text,
        start: () => trialOf(sample, { device, inBlocks: () => text !== rowByRow }, null),
      })),
      then: (text) => (text === rowByRow ? launches() : []),
    },
  ];
};

/** Of a kernel that is not computed in blocks. */
const launchTasks = (
  sample: Sample,
  precision: Precision,
  device: Device,
  times: number,
): readonly Task[] => {
  const rows: Partial<Choices> = { device, inBlocks: () => false };
  const { kernel, launches } = planLaunches(sample.kernel, rows);
  return launches.map(({ launch, way, cost }, position): Task => {
    const key = keyOf("launch", aloneIn(kernel, launch), precision);
    const chosen = wayText(way);
    const others = candidatesOf(kernel, launch, device).map((one) => wayText(one.way));
    const start = (text: string): Promise<Trial> =>
      trialOf(
        sample,
        {
          ...rows,
          measured: (scope, of) =>
            scope === "launch" && keyOf(scope, of, precision) === key ? text : null,
        },
        [position],
      );
    return {
      key,
      sample,
      cost: times * cost,
      candidates: [chosen, ...others.filter((text) => text !== chosen)].map((text) => ({
        text,
        start: () => start(text),
      })),
      then: () => [],
    };
  });
};
