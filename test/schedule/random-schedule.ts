// Legal schedules of a kernel at random.

import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { whyNot } from "../../compiler/schedule/apply.ts";
import { scheduledNests } from "../../compiler/schedule/legal.ts";
import type { Nest } from "../../compiler/schedule/nests.ts";
import type { Schedule, Step } from "../../compiler/schedule/schedule.ts";
import type { Random } from "../ir/random.ts";

const shuffled = <T>(items: readonly T[], random: Random): readonly T[] =>
  items
    .map((item) => ({ item, at: random.unit() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);

const randomStep = ({ axes }: Nest, position: number, random: Random): Step => {
  const { name } = axes[random.below(axes.length)]!;
  switch (random.below(3)) {
    case 0: {
      const by = 2 + random.below(4);
      return { kind: "split", axis: name, by, outer: `o${position}`, inner: `i${position}` };
    }
    case 1: {
      const names = shuffled(axes, random).map((a) => a.name);
      return { kind: "reorder", axes: names.slice(0, 2 + random.below(names.length)) };
    }
    default:
      return { kind: "unroll", axes: [name] };
  }
};

/** More iterations than this are not written out. */
const mostLanes = 64;

const lanesOf = (nests: readonly Nest[]): number =>
  nests
    .flatMap(({ axes }) => axes)
    .reduce((n, a) => (a.role === "unroll" && typeof a.extent === "number" ? n * a.extent : n), 1);

/** Steps that are not legal where they stand are left out. */
export const randomSchedule = (kernel: Kernel, random: Random): Schedule => {
  let schedule: Schedule = { kernel: kernel.name, target: "any", steps: [] };
  for (let position = 0; position < 8; position++) {
    const nests = scheduledNests(kernel, schedule);
    if (typeof nests === "string" || nests.length === 0) return schedule;
    const step = randomStep(nests[random.below(nests.length)]!, position, random);
    const longer = { ...schedule, steps: [...schedule.steps, step] };
    if (whyNot(kernel, longer) !== null) continue;
    const after = scheduledNests(kernel, longer);
    if (typeof after !== "string" && lanesOf(after) <= mostLanes) schedule = longer;
  }
  return withPacks(kernel, schedule, random);
};

const withPacks = (kernel: Kernel, unpacked: Schedule, random: Random): Schedule => {
  const nests = scheduledNests(kernel, unpacked);
  const axes = typeof nests === "string" ? [] : nests.flatMap((n) => n.axes.map((a) => a.name));
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  let schedule = unpacked;
  for (let n = 0; n < 6 && axes.length > 0 && kernel.params.length > 0; n++) {
    const axis = pick(axes);
    const at = pick([axis, axis, null, pick(axes)]);
    const { name: buffer } = pick(kernel.params);
    const sharedBy = pick([null, null, pick(axes)]);
    const step: Step = { kind: "pack", buffer, axis, at, sharedBy, panel: `p${n}` };
    const longer = { ...schedule, steps: [...schedule.steps, step] };
    if (whyNot(kernel, longer) === null) schedule = longer;
  }
  return schedule;
};
