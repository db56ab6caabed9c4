// Measures the cheapest ways of each launch that matters on a device, and says which was fastest.

import type { StartedTrial, Trials } from "../../../runtime/webgpu/trials.ts";
import { timeInTurns } from "./time-in-turns.ts";
import { differenceOf, toleranceOf } from "./tolerance.ts";
import type { TimedWay, TunedWay } from "./tuned.ts";
import type { Candidate, Task } from "./tuning-tasks.ts";

export type TuneOptions = {
  /** Ways of each task that are measured. */
  readonly top: number;
  /** Whether there is no time left. */
  readonly isOver: () => boolean;
  readonly report: (event: TuneEvent) => void;
};

export type TuneEvent =
  | { readonly kind: "begun"; readonly task: Task; readonly done: number; readonly tasks: number }
  /** Ways in the order in which they were measured: the one that costs say, then the others. */
  | { readonly kind: "measured"; readonly tuned: TunedWay; readonly ways: readonly TimedWay[] }
  /** A way that is left out: a device refuses it, or it gives something else. */
  | { readonly kind: "refused"; readonly task: Task; readonly way: string; readonly why: string };

export type Tuning = {
  readonly entries: Readonly<Record<string, TunedWay>>;
  /** Tasks that there was no time for. */
  readonly left: number;
};

/** Part of the cost of all that what is not measured has at most. */
const least = 0.02;

/** Part of the time of the way that costs say which another has to save: less is noise. */
const worth = 0.03;

/** Those that matter and that there is a choice for. */
export const worthMeasuring = (tasks: readonly Task[]): readonly Task[] => {
  const whole = tasks.reduce((n, { cost }) => n + cost, 0);
  let left = whole;
  return tasks.filter(({ cost, candidates }) => {
    const matters = left > least * whole;
    left -= cost;
    return matters && candidates.length > 1;
  });
};

/** Of `tasks` in their order; those in `known` are not measured again. */
export const tune = async (
  tasks: readonly Task[],
  trials: Trials,
  { top, isOver, report }: TuneOptions,
  known: Tuning["entries"] = {},
): Promise<Tuning> => {
  const entries: Record<string, TunedWay> = { ...known };
  const queue = [...tasks];
  for (let done = 0; done < queue.length; done++) {
    const task = queue[done]!;
    if (isOver()) return { entries, left: queue.length - done };
    const isKnown = task.candidates.some(({ text }) => text === entries[task.key]?.way);
    if (!isKnown) {
      report({ kind: "begun", task, done, tasks: queue.length });
      const tuned = await measure(task, trials, top, report);
      if (tuned !== null) entries[task.key] = tuned;
    }
    const way = entries[task.key]?.way ?? task.candidates[0]!.text;
    queue.splice(done + 1, 0, ...task.then(way).filter(({ candidates }) => candidates.length > 1));
  }
  return { entries, left: 0 };
};

/** Null where the way that costs say was not measured: there is nothing to compare with. */
const measure = async (
  task: Task,
  trials: Trials,
  top: number,
  report: TuneOptions["report"],
): Promise<TunedWay | null> => {
  const { candidates, sample } = task;
  const { kernel, sizes, sharing } = sample;
  const tolerance = toleranceOf(kernel, sizes, sharing.halves.includes(true));
  const started = new Map<string, StartedTrial>();
  const refuse = (way: string, why: string): void => report({ kind: "refused", task, way, why });
  const start = async ({ text, start }: Candidate): Promise<void> => {
    try {
      const one = await trials.start(await start());
      const [first] = started.values();
      const difference = first && differenceOf(first.outputs, one.outputs, tolerance);
      if (difference == null) started.set(text, one);
      else {
        one.dispose();
        refuse(
          text,
          `it gives other results than \`${candidates[0]!.text}\`, which is a bug of dlm, please report it: ${difference}`,
        );
      }
    } catch (cause) {
      refuse(text, messageOf(cause));
    }
  };
  try {
    for (const candidate of candidates.slice(0, top)) {
      await start(candidate);
      if (started.size === 0) return null;
    }
    if (started.size === 1) return null;
    const times = await timeInTurns(started);
    const ways = [...times].map(([way, ms]): TimedWay => ({
      way,
      microseconds: rounded(1000 * ms),
    }));
    const [model, ...others] = ways as [TimedWay, ...TimedWay[]];
    const fastest = others.toSorted((a, b) => a.microseconds - b.microseconds)[0]!;
    const best = fastest.microseconds < (1 - worth) * model.microseconds ? fastest : model;
    const tuned = { ...best, model, kernel: kernel.name, sizes: Object.fromEntries(sizesIn(task)) };
    report({ kind: "measured", tuned, ways });
    return tuned;
  } catch (cause) {
    // What was measured before is worth keeping.
    refuse(candidates[0]!.text, messageOf(cause));
    return null;
  } finally {
    for (const one of started.values()) one.dispose();
  }
};

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

const sizesIn = ({ sample: { kernel, sizes } }: Task): readonly (readonly [string, number])[] =>
  kernel.sizes.map((name) => [name, sizes.get(name)!]);

const rounded = (value: number): number => Number(value.toPrecision(4));
